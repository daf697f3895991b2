"""Everything that is held of one person: found in every table, read against other people's data, and packed.

`pieces` says what a piece is; `search` finds them all; `third_parties` finds what in them is of others, and blacks it
out; `portability` picks what the person provided; `naming` says what ids stand for; `packing` writes the package.
"""
