// Rows from arrays and maps. Made from the table of functions: see FunctionDocumentsTests.

/// One row for each element; none for an empty or NULL array.
public func explode(_ array: some ColumnOrName) -> Column {
    call("explode", [array.asColumn])
}
