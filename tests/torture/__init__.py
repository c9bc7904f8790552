"""Everything goes wrong at once, and afterwards the books are compared with what the provider says it served."""
