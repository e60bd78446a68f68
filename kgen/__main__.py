"""`python -m kgen`: the command line."""

from kgen.cli import main

if __name__ == "__main__":
    main(prog_name="kgen")
