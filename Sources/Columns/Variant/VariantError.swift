// What is wrong with the bytes of a VARIANT, or with what was to become one.

/// An error without a text, so that nothing is allocated where it is thrown.
package enum VariantError: Error {
    /// The bytes are no VARIANT.
    case malformed
    /// A kind of value that the format has none of, or that is not read yet.
    case unknownKind(Int)
    /// Two fields of an object have one name: the one in the dictionary under this number.
    case duplicateKey(Int)
    /// More bytes than a VARIANT may have.
    case tooLarge
    /// More bytes than a column may have.
    case batchTooLarge

    /// The error in Spark's words, for a row of a column. A name that stands twice is told by who knows it.
    package func inRow(_ row: Int, of function: String = "a VARIANT", key: String? = nil) -> KernelError {
        switch self {
        case .malformed:
            KernelError(
                code: "MALFORMED_VARIANT", message: "the bytes are no VARIANT", row: row,
                hint: "check the file or the program that they come from; is_valid_variant tells which rows are good")
        case .unknownKind(let kind):
            KernelError(
                code: "UNKNOWN_PRIMITIVE_TYPE_IN_VARIANT",
                message: "a VARIANT has a value of the unknown kind \(kind)", row: row)
        case .duplicateKey:
            KernelError(
                code: "VARIANT_DUPLICATE_KEY",
                message: "two fields of an object have the name \(key.map { "'\($0)'" } ?? "of another")", row: row)
        case .tooLarge:
            KernelError(
                code: "VARIANT_SIZE_LIMIT",
                message: "\(function) makes a VARIANT of more than \(VariantFormat.sizeLimit) bytes", row: row)
        case .batchTooLarge: .tooLarge("the VARIANTs")
        }
    }
}
