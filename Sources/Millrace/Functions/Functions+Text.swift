// Texts and binaries. Made from the table of functions: see FunctionDocumentsTests.

/// The code point of the first character.
public func ascii(_ text: some ColumnOrName) -> Column {
    call("ascii", [text.asColumn])
}

/// The bytes in letters of base 64.
public func base64(_ binary: some ColumnOrName) -> Column {
    call("base64", [binary.asColumn])
}

/// The number in binary digits.
public func bin(_ number: some ColumnOrName) -> Column {
    call("bin", [number.asColumn])
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

/// The text of bytes in a character set; with more arguments the result behind the one that equals the first.
public func decode(_ binary: some ColumnOrName, _ characterSet: some ColumnOrValue) -> Column {
    call("decode", [binary.asColumn, characterSet.asValue])
}

/// The text with a number, from 1.
public func elt(_ number: some ColumnOrName, _ text: any ColumnOrName...) -> Column {
    call("elt", [number.asColumn] + text.map { $0.asColumn })
}

/// The bytes of a text in a character set.
public func encode(_ text: some ColumnOrName, _ characterSet: some ColumnOrValue) -> Column {
    call("encode", [text.asColumn, characterSet.asValue])
}

/// Whether the text ends with a part.
public func endswith(_ text: some ColumnOrName, _ part: some ColumnOrName) -> Column {
    call("endswith", [text.asColumn, part.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// At which place, from 1, the text stands in a list with commas; 0 where it doesn't.
public func find_in_set(_ text: some ColumnOrName, _ list: some ColumnOrName) -> Column {
    call("find_in_set", [text.asColumn, list.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The number with commas and so many digits behind the point, or by a pattern such as '#,##0.00'.
public func format_number(_ number: some ColumnOrName, _ digits: some ColumnOrValue) -> Column {
    call("format_number", [number.asColumn, digits.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The values as a format of Java's Formatter has them: %s, %d, %.2f.
public func format_string(_ format: some ColumnOrValue, _ value: any ColumnOrName...) -> Column {
    call("format_string", [format.asValue] + value.map { $0.asColumn })
}

/// The values as a format of Java's Formatter has them: %s, %d, %.2f.
public func printf(_ format: some ColumnOrValue, _ value: any ColumnOrName...) -> Column {
    call("printf", [format.asValue] + value.map { $0.asColumn })
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The bytes of letters of base 32, others passed over.
public func from_base32(_ text: some ColumnOrName) -> Column {
    call("from_base32", [text.asColumn])
}

/// A number, or the bytes, in hexadecimal digits.
public func hex(_ value: some ColumnOrName) -> Column {
    call("hex", [value.asColumn])
}

/// The text with a capital at the start of every word, the rest small.
public func initcap(_ text: some ColumnOrName) -> Column {
    call("initcap", [text.asColumn])
}

/// At which character, from 1, a part stands for the so-manyth time from a position on, below 0 from the end.
public func instr(_ text: some ColumnOrName, _ part: some ColumnOrValue) -> Column {
    call("instr", [text.asColumn, part.asValue])
}

/// At which character, from 1, a part stands for the so-manyth time from a position on, below 0 from the end.
public func instr(_ text: some ColumnOrName, _ part: some ColumnOrValue, _ position: some ColumnOrName) -> Column {
    call("instr", [text.asColumn, part.asValue, position.asColumn])
}

/// At which character, from 1, a part stands for the so-manyth time from a position on, below 0 from the end.
public func instr(
    _ text: some ColumnOrName, _ part: some ColumnOrValue, _ position: some ColumnOrName, _ number: some ColumnOrName
) -> Column {
    call("instr", [text.asColumn, part.asValue, position.asColumn, number.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// Whether the bytes are UTF-8.
public func is_valid_utf8(_ text: some ColumnOrName) -> Column {
    call("is_valid_utf8", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How alike two texts are by Jaro and Winkler, from 0 to 1.
public func jaro_winkler_similarity(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("jaro_winkler_similarity", [a.asColumn, b.asColumn])
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

/// How many characters must change to make one text the other; -1 where it is more than most.
public func levenshtein(_ a: some ColumnOrName, _ b: some ColumnOrName) -> Column {
    call("levenshtein", [a.asColumn, b.asColumn])
}

/// How many characters must change to make one text the other; -1 where it is more than most.
public func levenshtein(_ a: some ColumnOrName, _ b: some ColumnOrName, _ most: some ColumnOrName) -> Column {
    call("levenshtein", [a.asColumn, b.asColumn, most.asColumn])
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

/// The text with so many characters: cut, or filled in front; a binary with bytes, 0 where none are given.
public func lpad(_ text: some ColumnOrName, _ length: some ColumnOrName) -> Column {
    call("lpad", [text.asColumn, length.asColumn])
}

/// The text with so many characters: cut, or filled in front; a binary with bytes, 0 where none are given.
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
/// Whether the last digit is right by Luhn's algorithm.
public func luhn_check(_ digits: some ColumnOrName) -> Column {
    call("luhn_check", [digits.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The text with U+FFFD for what is not UTF-8.
public func make_valid_utf8(_ text: some ColumnOrName) -> Column {
    call("make_valid_utf8", [text.asColumn])
}

/// The text with X for capitals, x for small letters and n for digits, or other characters; NULL leaves them.
public func mask(_ text: some ColumnOrName) -> Column {
    call("mask", [text.asColumn])
}

/// The text with X for capitals, x for small letters and n for digits, or other characters; NULL leaves them.
public func mask(
    _ text: some ColumnOrName, _ upper: some ColumnOrValue, _ lower: some ColumnOrValue, _ digit: some ColumnOrValue,
    _ other: some ColumnOrValue
) -> Column {
    call("mask", [text.asColumn, upper.asValue, lower.asValue, digit.asValue, other.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// How many bytes there are.
public func octet_length(_ text: some ColumnOrName) -> Column {
    call("octet_length", [text.asColumn])
}

/// The text with so many characters from a position on replaced, as many as the replacement has.
public func overlay(
    _ text: some ColumnOrName, _ replacement: some ColumnOrName, _ position: some ColumnOrName
) -> Column {
    call("overlay", [text.asColumn, replacement.asColumn, position.asColumn])
}

/// The text with so many characters from a position on replaced, as many as the replacement has.
public func overlay(
    _ text: some ColumnOrName, _ replacement: some ColumnOrName, _ position: some ColumnOrName,
    _ length: some ColumnOrName
) -> Column {
    call("overlay", [text.asColumn, replacement.asColumn, position.asColumn, length.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A URL's HOST, PATH, QUERY (or its value of a key), REF, PROTOCOL, FILE, AUTHORITY or USERINFO.
public func parse_url(_ url: some ColumnOrName, _ part: some ColumnOrValue) -> Column {
    call("parse_url", [url.asColumn, part.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A URL's HOST, PATH, QUERY (or its value of a key), REF, PROTOCOL, FILE, AUTHORITY or USERINFO.
public func parse_url(_ url: some ColumnOrName, _ part: some ColumnOrValue, _ key: some ColumnOrValue) -> Column {
    call("parse_url", [url.asColumn, part.asValue, key.asValue])
}

/// The text in quotes, with a backslash before those in it.
public func quote(_ text: some ColumnOrName) -> Column {
    call("quote", [text.asColumn])
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

/// The text with so many characters: cut, or filled behind; a binary with bytes, 0 where none are given.
public func rpad(_ text: some ColumnOrName, _ length: some ColumnOrName) -> Column {
    call("rpad", [text.asColumn, length.asColumn])
}

/// The text with so many characters: cut, or filled behind; a binary with bytes, 0 where none are given.
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

/// An array of sentences, each an array of its words.
public func sentences(_ text: some ColumnOrName) -> Column {
    call("sentences", [text.asColumn])
}

/// An array of sentences, each an array of its words.
public func sentences(
    _ text: some ColumnOrName, _ language: some ColumnOrValue, _ country: some ColumnOrValue
) -> Column {
    call("sentences", [text.asColumn, language.asValue, country.asValue])
}

/// A letter and three digits for how the text sounds in English.
public func soundex(_ text: some ColumnOrName) -> Column {
    call("soundex", [text.asColumn])
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

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A map of the pairs in a text: by default a:1,b:2.
public func str_to_map(_ text: some ColumnOrName) -> Column {
    call("str_to_map", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A map of the pairs in a text: by default a:1,b:2.
public func str_to_map(
    _ text: some ColumnOrName, _ pairDelimiter: some ColumnOrValue, _ keyDelimiter: some ColumnOrValue
) -> Column {
    call("str_to_map", [text.asColumn, pairDelimiter.asValue, keyDelimiter.asValue])
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

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The bytes in letters of base 32.
public func to_base32(_ binary: some ColumnOrName) -> Column {
    call("to_base32", [binary.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The bytes of a text in the format 'hex', 'base64' or 'utf-8'.
public func to_binary(_ text: some ColumnOrName) -> Column {
    call("to_binary", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The bytes of a text in the format 'hex', 'base64' or 'utf-8'.
public func to_binary(_ text: some ColumnOrName, _ format: some ColumnOrValue) -> Column {
    call("to_binary", [text.asColumn, format.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A number by a format such as '$999,990.00', a time by a pattern, a binary as 'base64', 'hex' or 'utf-8'.
public func to_char(_ value: some ColumnOrName, _ format: some ColumnOrValue) -> Column {
    call("to_char", [value.asColumn, format.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A number by a format such as '$999,990.00', a time by a pattern, a binary as 'base64', 'hex' or 'utf-8'.
public func to_varchar(_ value: some ColumnOrName, _ format: some ColumnOrValue) -> Column {
    call("to_varchar", [value.asColumn, format.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The number that a text is by a format such as '$999,990.00'.
public func to_number(_ text: some ColumnOrName, _ format: some ColumnOrValue) -> Column {
    call("to_number", [text.asColumn, format.asValue])
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

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A URL's HOST, PATH, QUERY (or its value of a key), REF, PROTOCOL, FILE, AUTHORITY or USERINFO.
public func try_parse_url(_ url: some ColumnOrName, _ part: some ColumnOrValue) -> Column {
    call("try_parse_url", [url.asColumn, part.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// A URL's HOST, PATH, QUERY (or its value of a key), REF, PROTOCOL, FILE, AUTHORITY or USERINFO.
public func try_parse_url(_ url: some ColumnOrName, _ part: some ColumnOrValue, _ key: some ColumnOrValue) -> Column {
    call("try_parse_url", [url.asColumn, part.asValue, key.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The bytes of a text in the format 'hex', 'base64' or 'utf-8', NULL where it isn't.
public func try_to_binary(_ text: some ColumnOrName) -> Column {
    call("try_to_binary", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The bytes of a text in the format 'hex', 'base64' or 'utf-8', NULL where it isn't.
public func try_to_binary(_ text: some ColumnOrName, _ format: some ColumnOrValue) -> Column {
    call("try_to_binary", [text.asColumn, format.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The number that a text is by a format such as '$999,990.00', NULL where it is none.
public func try_to_number(_ text: some ColumnOrName, _ format: some ColumnOrValue) -> Column {
    call("try_to_number", [text.asColumn, format.asValue])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// As url_decode, NULL where it can't be read.
public func try_url_decode(_ text: some ColumnOrName) -> Column {
    call("try_url_decode", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The text, NULL where it is not UTF-8.
public func try_validate_utf8(_ text: some ColumnOrName) -> Column {
    call("try_validate_utf8", [text.asColumn])
}

/// The bytes of letters of base 64, others passed over.
public func unbase64(_ text: some ColumnOrName) -> Column {
    call("unbase64", [text.asColumn])
}

/// The bytes of hexadecimal digits; NULL where others are among them.
public func unhex(_ text: some ColumnOrName) -> Column {
    call("unhex", [text.asColumn])
}

/// The text in upper case.
public func upper(_ text: some ColumnOrName) -> Column {
    call("upper", [text.asColumn])
}

/// The text in upper case.
public func ucase(_ text: some ColumnOrName) -> Column {
    call("ucase", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The text that a form has sent.
public func url_decode(_ text: some ColumnOrName) -> Column {
    call("url_decode", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The text as a form sends it.
public func url_encode(_ text: some ColumnOrName) -> Column {
    call("url_encode", [text.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// The text, which must be UTF-8.
public func validate_utf8(_ text: some ColumnOrName) -> Column {
    call("validate_utf8", [text.asColumn])
}
