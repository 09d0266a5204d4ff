// Other. Made from the table of functions: see FunctionDocumentsTests.

// swift-format-ignore: AlwaysUseLowerCamelCase
/// NULL where the condition is true, else an error with the message.
public func assert_true(_ condition: some ColumnOrName) -> Column {
    call("assert_true", [condition.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// NULL where the condition is true, else an error with the message.
public func assert_true(_ condition: some ColumnOrName, _ message: some ColumnOrName) -> Column {
    call("assert_true", [condition.asColumn, message.asColumn])
}

/// The name of the order of texts, which is that of their bytes.
public func collation(_ text: some ColumnOrName) -> Column {
    call("collation", [text.asColumn])
}

/// The checksum CRC-32.
public func crc32(_ binary: some ColumnOrName) -> Column {
    call("crc32", [binary.asColumn])
}

/// Murmur3's hash of the values, in 32 bits.
public func hash(_ value: any ColumnOrName...) -> Column {
    call("hash", value.map { $0.asColumn })
}

/// The code by which who has the key knows a message: of SHA-256, MD5, SHA-1 or another SHA-2.
public func hmac(_ key: some ColumnOrName, _ message: some ColumnOrName) -> Column {
    call("hmac", [key.asColumn, message.asColumn])
}

/// The code by which who has the key knows a message: of SHA-256, MD5, SHA-1 or another SHA-2.
public func hmac(_ key: some ColumnOrName, _ message: some ColumnOrName, _ algorithm: some ColumnOrValue) -> Column {
    call("hmac", [key.asColumn, message.asColumn, algorithm.asValue])
}

/// The MD5 digest in hexadecimal digits.
public func md5(_ binary: some ColumnOrName) -> Column {
    call("md5", [binary.asColumn])
}

// swift-format-ignore: AlwaysUseLowerCamelCase
/// An error with this message.
public func raise_error(_ message: some ColumnOrName) -> Column {
    call("raise_error", [message.asColumn])
}

/// A number from 0 up to 1.
public func rand() -> Column {
    call("rand", [])
}

/// A number from 0 up to 1.
public func rand(_ seed: some ColumnOrName) -> Column {
    call("rand", [seed.asColumn])
}

/// A number from 0 up to 1.
public func random() -> Column {
    call("random", [])
}

/// A number from 0 up to 1.
public func random(_ seed: some ColumnOrName) -> Column {
    call("random", [seed.asColumn])
}

/// A number of the normal distribution.
public func randn() -> Column {
    call("randn", [])
}

/// A number of the normal distribution.
public func randn(_ seed: some ColumnOrName) -> Column {
    call("randn", [seed.asColumn])
}

/// A text of so many digits and letters by chance.
public func randstr(_ length: some ColumnOrName) -> Column {
    call("randstr", [length.asColumn])
}

/// A text of so many digits and letters by chance.
public func randstr(_ length: some ColumnOrName, _ seed: some ColumnOrName) -> Column {
    call("randstr", [length.asColumn, seed.asColumn])
}

/// The SHA-1 digest in hexadecimal digits.
public func sha1(_ binary: some ColumnOrName) -> Column {
    call("sha1", [binary.asColumn])
}

/// The SHA-1 digest in hexadecimal digits.
public func sha(_ binary: some ColumnOrName) -> Column {
    call("sha", [binary.asColumn])
}

/// The SHA-2 digest of 224, 256, 384 or 512 bits in hexadecimal digits; 0 is 256, others are NULL.
public func sha2(_ binary: some ColumnOrName, _ bits: some ColumnOrName) -> Column {
    call("sha2", [binary.asColumn, bits.asColumn])
}

/// The value's type as text.
public func typeof(_ value: some ColumnOrName) -> Column {
    call("typeof", [value.asColumn])
}

/// A number by chance from low up to high, both constants; a whole one where both are.
public func uniform(_ low: some ColumnOrName, _ high: some ColumnOrName) -> Column {
    call("uniform", [low.asColumn, high.asColumn])
}

/// A number by chance from low up to high, both constants; a whole one where both are.
public func uniform(_ low: some ColumnOrName, _ high: some ColumnOrName, _ seed: some ColumnOrName) -> Column {
    call("uniform", [low.asColumn, high.asColumn, seed.asColumn])
}

/// An identifier by RFC 9562.
public func uuid() -> Column {
    call("uuid", [])
}

/// XxHash's hash of the values, in 64 bits.
public func xxhash64(_ value: any ColumnOrName...) -> Column {
    call("xxhash64", value.map { $0.asColumn })
}
