"""`python -m pellucid`: the command line, where the `pellucid` script is not on the path."""

from pellucid.cli.main import main

if __name__ == "__main__":
    main()
