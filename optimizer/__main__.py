"""``python -m optimizer`` is the command line."""

from optimizer.cli.main import program

if __name__ == "__main__":
    program()
