"""Documents of record: values in, PDF bytes out. Knows no business."""
