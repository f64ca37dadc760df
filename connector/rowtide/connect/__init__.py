"""The Connect data model and the plugin interfaces, where connectors and runtime meet."""
