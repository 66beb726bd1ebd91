"""Pure mathematics on arrays: no input or output, no clock, no chance that is not given as `random_state`."""
