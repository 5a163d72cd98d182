"""Functions of TF1's mathematics and arrays that are composed of ops, as TF1 itself composes them."""
