// Patterns. Made from the table of functions: see FunctionDocumentsTests.

/// As like, whatever the case of letters.
public func ilike(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("ilike", [text.asColumn, pattern.asValue])
}

/// Whether the text is like a pattern: % stands for any text, _ for one character.
public func like(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("like", [text.asColumn, pattern.asValue])
}

/// Whether the text is like a pattern: % stands for any text, _ for one character.
public func like(_ text: some ColumnOrName, _ pattern: some ColumnOrValue, _ escape: some ColumnOrValue) -> Column {
    call("like", [text.asColumn, pattern.asValue, escape.asValue])
}

/// Whether a regular expression matches a part of the text.
public func rlike(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("rlike", [text.asColumn, pattern.asValue])
}

/// Whether a regular expression matches a part of the text.
public func regexp(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("regexp", [text.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Whether a regular expression matches a part of the text.
public func regexp_like(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("regexp_like", [text.asColumn, pattern.asValue])
}

/// The parts between matches of a regular expression, limit parts at most where it is positive.
public func split(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("split", [text.asColumn, pattern.asValue])
}

/// The parts between matches of a regular expression, limit parts at most where it is positive.
public func split(_ text: some ColumnOrName, _ pattern: some ColumnOrValue, _ limit: some ColumnOrValue) -> Column {
    call("split", [text.asColumn, pattern.asValue, limit.asValue])
}
