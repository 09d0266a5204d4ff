// JSON and CSV. Made from the table of functions: see FunctionDocumentsTests.

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The structure that a record of comma-separated values is; the schema is `a INT, b STRING`.
public func from_csv(_ text: some ColumnOrName, _ schema: some ColumnOrValue) -> Column {
    call("from_csv", [text.asColumn, schema.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The structure that a record of comma-separated values is; the schema is `a INT, b STRING`.
public func from_csv(_ text: some ColumnOrName, _ schema: some ColumnOrValue, _ options: some ColumnOrValue) -> Column {
    call("from_csv", [text.asColumn, schema.asValue, options.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value that a text of JSON is; the schema is `a INT, b STRING`, or a type.
public func from_json(_ text: some ColumnOrName, _ schema: some ColumnOrValue) -> Column {
    call("from_json", [text.asColumn, schema.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The value that a text of JSON is; the schema is `a INT, b STRING`, or a type.
public func from_json(
    _ text: some ColumnOrName, _ schema: some ColumnOrValue, _ options: some ColumnOrValue
) -> Column {
    call("from_json", [text.asColumn, schema.asValue, options.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// What a path such as `$.a[0]` finds in a text of JSON.
public func get_json_object(_ text: some ColumnOrName, _ path: some ColumnOrValue) -> Column {
    call("get_json_object", [text.asColumn, path.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How many elements a JSON array has; NULL for what is none.
public func json_array_length(_ text: some ColumnOrName) -> Column {
    call("json_array_length", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The names in a JSON object; NULL for what is none.
public func json_object_keys(_ text: some ColumnOrName) -> Column {
    call("json_object_keys", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The schema of a constant record of comma-separated values.
public func schema_of_csv(_ text: some ColumnOrValue) -> Column {
    call("schema_of_csv", [text.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The schema of a constant record of comma-separated values.
public func schema_of_csv(_ text: some ColumnOrValue, _ options: some ColumnOrValue) -> Column {
    call("schema_of_csv", [text.asValue, options.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The schema of a constant text of JSON.
public func schema_of_json(_ text: some ColumnOrValue) -> Column {
    call("schema_of_json", [text.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The schema of a constant text of JSON.
public func schema_of_json(_ text: some ColumnOrValue, _ options: some ColumnOrValue) -> Column {
    call("schema_of_json", [text.asValue, options.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A structure as a record of comma-separated values.
public func to_csv(_ value: some ColumnOrName) -> Column {
    call("to_csv", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A structure as a record of comma-separated values.
public func to_csv(_ value: some ColumnOrName, _ options: some ColumnOrValue) -> Column {
    call("to_csv", [value.asColumn, options.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A structure, an array or a map as JSON.
public func to_json(_ value: some ColumnOrName) -> Column {
    call("to_json", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A structure, an array or a map as JSON.
public func to_json(_ value: some ColumnOrName, _ options: some ColumnOrValue) -> Column {
    call("to_json", [value.asColumn, options.asValue])
}
