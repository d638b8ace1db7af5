"""A survey file of any known kind -> `Table`: every cell as text, and what the file says about its columns; `files.read_table` is the way in."""
