"""Pictures and masks: files of every format, in and out."""
