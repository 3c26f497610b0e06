"""``python -m secondhalf`` is the command line."""

from secondhalf.cli import main

if __name__ == "__main__":
    main()
