"""The one place that says which version of rowtide this is."""

VERSION = "0.1.0"
