// Texts and binaries. Made from the table of functions: see FunctionDocumentsTests.

/// The code point of the first character.
public func ascii(_ text: some ColumnOrName) -> Column {
    call("ascii", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How many bits there are.
public func bit_length(_ text: some ColumnOrName) -> Column {
    call("bit_length", [text.asColumn])
}

/// The character with a code, of which the last 8 bits count.
public func char(_ code: some ColumnOrName) -> Column {
    call("char", [code.asColumn])
}

/// The character with a code, of which the last 8 bits count.
public func chr(_ code: some ColumnOrName) -> Column {
    call("chr", [code.asColumn])
}

/// The texts, binaries or arrays, one after the other.
public func concat(_ text: any ColumnOrName...) -> Column {
    call("concat", text.map { $0.asColumn })
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The texts that aren't NULL, with a separator between them.
public func concat_ws(_ separator: some ColumnOrValue, _ text: any ColumnOrName...) -> Column {
    call("concat_ws", [separator.asValue] + text.map { $0.asColumn })
}

/// Whether the text contains a part.
public func contains(_ text: some ColumnOrName, _ part: some ColumnOrName) -> Column {
    call("contains", [text.asColumn, part.asColumn])
}

/// Whether the text ends with a part.
public func endswith(_ text: some ColumnOrName, _ part: some ColumnOrName) -> Column {
    call("endswith", [text.asColumn, part.asColumn])
}

/// At which character, from 1, a part stands first.
public func instr(_ text: some ColumnOrName, _ part: some ColumnOrValue) -> Column {
    call("instr", [text.asColumn, part.asValue])
}

/// The first characters.
public func left(_ text: some ColumnOrName, _ length: some ColumnOrName) -> Column {
    call("left", [text.asColumn, length.asColumn])
}

/// How many characters a text has, or bytes a binary.
public func length(_ text: some ColumnOrName) -> Column {
    call("length", [text.asColumn])
}

/// How many characters a text has, or bytes a binary.
public func len(_ text: some ColumnOrName) -> Column {
    call("len", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How many characters a text has, or bytes a binary.
public func char_length(_ text: some ColumnOrName) -> Column {
    call("char_length", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How many characters a text has, or bytes a binary.
public func character_length(_ text: some ColumnOrName) -> Column {
    call("character_length", [text.asColumn])
}

/// At which character, from 1, a part stands first from a position on; 0 where it doesn't.
public func locate(_ part: some ColumnOrValue, _ text: some ColumnOrName) -> Column {
    call("locate", [part.asValue, text.asColumn])
}

/// At which character, from 1, a part stands first from a position on; 0 where it doesn't.
public func locate(_ part: some ColumnOrValue, _ text: some ColumnOrName, _ position: some ColumnOrName) -> Column {
    call("locate", [part.asValue, text.asColumn, position.asColumn])
}

/// At which character, from 1, a part stands first from a position on; 0 where it doesn't.
public func position(_ part: some ColumnOrValue, _ text: some ColumnOrName) -> Column {
    call("position", [part.asValue, text.asColumn])
}

/// At which character, from 1, a part stands first from a position on; 0 where it doesn't.
public func position(_ part: some ColumnOrValue, _ text: some ColumnOrName, _ position: some ColumnOrName) -> Column {
    call("position", [part.asValue, text.asColumn, position.asColumn])
}

/// The text in lower case.
public func lower(_ text: some ColumnOrName) -> Column {
    call("lower", [text.asColumn])
}

/// The text in lower case.
public func lcase(_ text: some ColumnOrName) -> Column {
    call("lcase", [text.asColumn])
}

/// The text with so many characters: cut, or filled in front.
public func lpad(_ text: some ColumnOrName, _ length: some ColumnOrName) -> Column {
    call("lpad", [text.asColumn, length.asColumn])
}

/// The text with so many characters: cut, or filled in front.
public func lpad(_ text: some ColumnOrName, _ length: some ColumnOrName, _ filling: some ColumnOrValue) -> Column {
    call("lpad", [text.asColumn, length.asColumn, filling.asValue])
}

/// The text without blanks, or these characters, at its start.
public func ltrim(_ text: some ColumnOrName) -> Column {
    call("ltrim", [text.asColumn])
}

/// The text without blanks, or these characters, at its start.
public func ltrim(_ text: some ColumnOrName, _ characters: some ColumnOrName) -> Column {
    call("ltrim", [text.asColumn, characters.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How many bytes there are.
public func octet_length(_ text: some ColumnOrName) -> Column {
    call("octet_length", [text.asColumn])
}

/// The text so many times.
public func `repeat`(_ text: some ColumnOrName, _ times: some ColumnOrName) -> Column {
    call("repeat", [text.asColumn, times.asColumn])
}

/// The text with every stand of another replaced.
public func replace(_ text: some ColumnOrName, _ search: some ColumnOrName) -> Column {
    call("replace", [text.asColumn, search.asColumn])
}

/// The text with every stand of another replaced.
public func replace(
    _ text: some ColumnOrName, _ search: some ColumnOrName, _ replacement: some ColumnOrName
) -> Column {
    call("replace", [text.asColumn, search.asColumn, replacement.asColumn])
}

/// The characters or elements from the last to the first.
public func reverse(_ text: some ColumnOrName) -> Column {
    call("reverse", [text.asColumn])
}

/// The last characters.
public func right(_ text: some ColumnOrName, _ length: some ColumnOrName) -> Column {
    call("right", [text.asColumn, length.asColumn])
}

/// The text with so many characters: cut, or filled behind.
public func rpad(_ text: some ColumnOrName, _ length: some ColumnOrName) -> Column {
    call("rpad", [text.asColumn, length.asColumn])
}

/// The text with so many characters: cut, or filled behind.
public func rpad(_ text: some ColumnOrName, _ length: some ColumnOrName, _ filling: some ColumnOrValue) -> Column {
    call("rpad", [text.asColumn, length.asColumn, filling.asValue])
}

/// The text without blanks, or these characters, at its end.
public func rtrim(_ text: some ColumnOrName) -> Column {
    call("rtrim", [text.asColumn])
}

/// The text without blanks, or these characters, at its end.
public func rtrim(_ text: some ColumnOrName, _ characters: some ColumnOrName) -> Column {
    call("rtrim", [text.asColumn, characters.asColumn])
}

/// So many blanks.
public func space(_ count: some ColumnOrName) -> Column {
    call("space", [count.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The part with a number, from 1, or below 0 from the end.
public func split_part(
    _ text: some ColumnOrName, _ delimiter: some ColumnOrName, _ number: some ColumnOrName
) -> Column {
    call("split_part", [text.asColumn, delimiter.asColumn, number.asColumn])
}

/// Whether the text begins with a part.
public func startswith(_ text: some ColumnOrName, _ part: some ColumnOrName) -> Column {
    call("startswith", [text.asColumn, part.asColumn])
}

/// Characters of a text, or bytes of a binary, from a position that counts from 1, or below 0 from the end.
public func substring(_ text: some ColumnOrName, _ position: some ColumnOrName) -> Column {
    call("substring", [text.asColumn, position.asColumn])
}

/// Characters of a text, or bytes of a binary, from a position that counts from 1, or below 0 from the end.
public func substring(_ text: some ColumnOrName, _ position: some ColumnOrName, _ length: some ColumnOrName) -> Column {
    call("substring", [text.asColumn, position.asColumn, length.asColumn])
}

/// Characters of a text, or bytes of a binary, from a position that counts from 1, or below 0 from the end.
public func substr(_ text: some ColumnOrName, _ position: some ColumnOrName) -> Column {
    call("substr", [text.asColumn, position.asColumn])
}

/// Characters of a text, or bytes of a binary, from a position that counts from 1, or below 0 from the end.
public func substr(_ text: some ColumnOrName, _ position: some ColumnOrName, _ length: some ColumnOrName) -> Column {
    call("substr", [text.asColumn, position.asColumn, length.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// What stands before the count-th delimiter, or behind it from the end where it is below 0.
public func substring_index(
    _ text: some ColumnOrName, _ delimiter: some ColumnOrValue, _ count: some ColumnOrName
) -> Column {
    call("substring_index", [text.asColumn, delimiter.asValue, count.asColumn])
}

/// The text with characters exchanged for those at the same place of another.
public func translate(_ text: some ColumnOrName, _ from: some ColumnOrValue, _ to: some ColumnOrValue) -> Column {
    call("translate", [text.asColumn, from.asValue, to.asValue])
}

/// The text without blanks, or these characters, at both ends.
public func trim(_ text: some ColumnOrName) -> Column {
    call("trim", [text.asColumn])
}

/// The text without blanks, or these characters, at both ends.
public func trim(_ text: some ColumnOrName, _ characters: some ColumnOrName) -> Column {
    call("trim", [text.asColumn, characters.asColumn])
}

/// The text without blanks, or these characters, at both ends.
public func btrim(_ text: some ColumnOrName) -> Column {
    call("btrim", [text.asColumn])
}

/// The text without blanks, or these characters, at both ends.
public func btrim(_ text: some ColumnOrName, _ characters: some ColumnOrName) -> Column {
    call("btrim", [text.asColumn, characters.asColumn])
}

/// The text in upper case.
public func upper(_ text: some ColumnOrName) -> Column {
    call("upper", [text.asColumn])
}

/// The text in upper case.
public func ucase(_ text: some ColumnOrName) -> Column {
    call("ucase", [text.asColumn])
}
