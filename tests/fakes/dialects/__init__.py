"""The wire forms of the vendors, written by hand from their documentation (see ../NOTES.md), one file a dialect."""
