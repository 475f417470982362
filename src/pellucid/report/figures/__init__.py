"""The charts of the report, drawn by matplotlib as SVG that takes the colours and the font of its page."""
