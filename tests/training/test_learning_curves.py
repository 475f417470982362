"""The learning curves are a picture of the history."""

import io
import xml.etree.ElementTree as ET

import pytest

from pellucid.files.picture import write_picture
from pellucid.training.history import EpochRecord, History
from pellucid.training.learning_curves import add_own_units, draw_learning_curves, list_panels, list_scales


def make_history(n_targets, with_validation=True):
    """Three epochs of falling losses; names hold signs that mean something in SVG and TeX."""
    history = History("rss", tuple(f"target <{d}> & $" for d in range(n_targets)), "standardised units")
    for epoch in (1, 2, 3):
        by_target = tuple(1.0 / epoch + d for d in range(n_targets))
        history.append(
            EpochRecord(
                epoch=epoch,
                training_loss=sum(by_target),
                training_by_target=by_target,
                validation_loss=2 * sum(by_target) if with_validation else None,
                validation_by_target=tuple(2 * loss for loss in by_target) if with_validation else None,
                learning_rate=0.1,
                dead_units=(0,),
                saturated_units=(0,),
                gradient_norms=(1.0,),
                update_norms=(1.0,),
                seconds=epoch,
            )
        )
    return history


@pytest.mark.parametrize("n_targets", [1, 2, 9])
@pytest.mark.parametrize("with_validation", [True, False])
def test_an_svg_is_well_formed_and_the_same_each_time(n_targets, with_validation, tmp_path):
    history = make_history(n_targets, with_validation)
    write_picture(draw_learning_curves(history, 2), tmp_path / "one.svg")

    assert ET.parse(tmp_path / "one.svg").getroot().tag.endswith("svg")


def test_a_png_is_a_png(tmp_path):
    write_picture(draw_learning_curves(make_history(2), 2), tmp_path / "curves.PNG")

    assert (tmp_path / "curves.PNG").read_bytes().startswith(b"\x89PNG")


def test_there_is_a_panel_for_the_total_and_for_each_of_six_targets():
    assert [title for title, _, _ in list_panels(make_history(1))] == ["target <0> & $"]
    panels = list_panels(make_history(9))
    assert [title for title, _, _ in panels] == ["all targets", *(f"target <{d}> & $" for d in range(6))]
    assert panels[2][1].tolist() == [2.0, 1.5, pytest.approx(4 / 3)]
    assert panels[2][2].tolist() == [4.0, 3.0, pytest.approx(8 / 3)]


def test_a_second_axis_reads_the_loss_as_rmse_in_the_targets_own_units():
    """A loss of 4 is an error of 2 standardised units, and one of these is 10 of the target's own."""
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    ax.plot([0, 1], [1, 4])
    ax.set_ylim(-1, 16)
    add_own_units(ax, 10.0)
    (axis,) = ax.child_axes
    ax.figure.savefig(io.BytesIO())

    assert axis.get_ylim() == (-10, 40)
    assert axis.transData.transform((0, 20))[1] == pytest.approx(ax.transData.transform((0, 4))[1])


def test_every_panel_of_one_squared_loss_has_that_axis_and_no_other_panel():
    one, two, other = make_history(1), make_history(2), make_history(1)
    one.target_scales, two.target_scales = (3.0,), (3.0, 5.0)

    assert list_scales(one, 1) == [3.0]
    assert list_scales(two, 3) == [None, 3.0, 5.0]
    assert list_scales(other, 1) == [None]


@pytest.mark.parametrize("scale", [1e-170, 3.0, 1e200])
def test_the_axis_is_drawn_for_targets_of_any_size(scale, tmp_path):
    history = make_history(2)
    history.target_scales = (scale, scale)

    write_picture(draw_learning_curves(history, 2), tmp_path / "one.svg")

    assert "own units" in (tmp_path / "one.svg").read_text()
