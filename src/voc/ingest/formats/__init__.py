"""A survey file of any known kind -> `Table`, every cell as text, with what the file itself says about its columns; `files.read_table` is the way in."""
