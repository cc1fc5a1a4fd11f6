"""How dates and times read where Django writes them: `FORMAT_MODULE_PATH`."""
