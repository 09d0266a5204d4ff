// Names from other rooms that belong to the public API.
//
// Exported whole, so that a program that asks for member-import visibility sees these types' members through
// `import Millrace` alone. What these rooms declare `public` is what users get: data types and rows; output modes;
// triggers, progress and status; levels of log lines.

@_exported import Columns
@_exported import Connectors
@_exported import QueryRuntime
