"""The machine: devices, number formats, memory, files."""
