// VARIANT. Made from the table of functions: see FunctionDocumentsTests.

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Whether all bytes of the VARIANT can be read, which may come from a file.
public func is_valid_variant(_ variant: some ColumnOrName) -> Column {
    call("is_valid_variant", [variant.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Whether the VARIANT is JSON's null; false where it is NULL.
public func is_variant_null(_ variant: some ColumnOrName) -> Column {
    call("is_variant_null", [variant.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A text of JSON as VARIANT; raises for what is none.
public func parse_json(_ text: some ColumnOrName) -> Column {
    call("parse_json", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The type of the value in the VARIANT, as SQL writes it, with OBJECT for objects.
public func schema_of_variant(_ variant: some ColumnOrName) -> Column {
    call("schema_of_variant", [variant.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A structure, an array or a map as VARIANT, with objects for structures and maps.
public func to_variant_object(_ value: some ColumnOrName) -> Column {
    call("to_variant_object", [value.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A text of JSON as VARIANT; NULL for what is none.
public func try_parse_json(_ text: some ColumnOrName) -> Column {
    call("try_parse_json", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// What a path such as `$.a[0]` finds in a VARIANT, cast to a type or not; NULL where a cast fails.
public func try_variant_get(_ variant: some ColumnOrName, _ path: some ColumnOrValue) -> Column {
    call("try_variant_get", [variant.asColumn, path.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// What a path such as `$.a[0]` finds in a VARIANT, cast to a type or not; NULL where a cast fails.
public func try_variant_get(
    _ variant: some ColumnOrName, _ path: some ColumnOrValue, _ type: some ColumnOrValue
) -> Column {
    call("try_variant_get", [variant.asColumn, path.asValue, type.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// What a path such as `$.a[0]` finds in a VARIANT, cast to a type or not; a cast that fails raises.
public func variant_get(_ variant: some ColumnOrName, _ path: some ColumnOrValue) -> Column {
    call("variant_get", [variant.asColumn, path.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// What a path such as `$.a[0]` finds in a VARIANT, cast to a type or not; a cast that fails raises.
public func variant_get(
    _ variant: some ColumnOrName, _ path: some ColumnOrValue, _ type: some ColumnOrValue
) -> Column {
    call("variant_get", [variant.asColumn, path.asValue, type.asValue])
}
