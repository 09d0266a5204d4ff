// Patterns. Made from the table of functions: see FunctionDocumentsTests.

/// As like, whatever the case of letters.
public func ilike(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("ilike", [text.asColumn, pattern.asValue])
}

/// As like, whatever the case of letters.
public func ilike(_ text: some ColumnOrName, _ pattern: some ColumnOrValue, _ escape: some ColumnOrValue) -> Column {
    call("ilike", [text.asColumn, pattern.asValue, escape.asValue])
}

/// Whether the text is like a pattern: % stands for any text, _ for one character.
public func like(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("like", [text.asColumn, pattern.asValue])
}

/// Whether the text is like a pattern: % stands for any text, _ for one character.
public func like(_ text: some ColumnOrName, _ pattern: some ColumnOrValue, _ escape: some ColumnOrValue) -> Column {
    call("like", [text.asColumn, pattern.asValue, escape.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How many matches there are.
public func regexp_count(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("regexp_count", [text.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A group of the first match of a regular expression, empty where there is none; 0 is the whole match.
public func regexp_extract(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("regexp_extract", [text.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A group of the first match of a regular expression, empty where there is none; 0 is the whole match.
public func regexp_extract(
    _ text: some ColumnOrName, _ pattern: some ColumnOrValue, _ group: some ColumnOrValue
) -> Column {
    call("regexp_extract", [text.asColumn, pattern.asValue, group.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// An array of a group of every match.
public func regexp_extract_all(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("regexp_extract_all", [text.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// An array of a group of every match.
public func regexp_extract_all(
    _ text: some ColumnOrName, _ pattern: some ColumnOrValue, _ group: some ColumnOrValue
) -> Column {
    call("regexp_extract_all", [text.asColumn, pattern.asValue, group.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// At which character, from 1, the first match begins; 0 where there is none.
public func regexp_instr(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("regexp_instr", [text.asColumn, pattern.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// At which character, from 1, the first match begins; 0 where there is none.
public func regexp_instr(
    _ text: some ColumnOrName, _ pattern: some ColumnOrValue, _ group: some ColumnOrValue
) -> Column {
    call("regexp_instr", [text.asColumn, pattern.asValue, group.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The text with every match from a character on replaced; $1 stands for a group.
public func regexp_replace(
    _ text: some ColumnOrName, _ pattern: some ColumnOrValue, _ replacement: some ColumnOrValue
) -> Column {
    call("regexp_replace", [text.asColumn, pattern.asValue, replacement.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The text with every match from a character on replaced; $1 stands for a group.
public func regexp_replace(
    _ text: some ColumnOrName, _ pattern: some ColumnOrValue, _ replacement: some ColumnOrValue,
    _ position: some ColumnOrValue
) -> Column {
    call("regexp_replace", [text.asColumn, pattern.asValue, replacement.asValue, position.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The first match, NULL where there is none or it is empty.
public func regexp_substr(_ text: some ColumnOrName, _ pattern: some ColumnOrValue) -> Column {
    call("regexp_substr", [text.asColumn, pattern.asValue])
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
