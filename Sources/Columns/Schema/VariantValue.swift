// One VARIANT outside a column.

/// A value of a type of its own, in Parquet's Variant encoding: what Spark calls a `VariantVal`.
public struct VariantValue: Hashable, Sendable {
    /// The names of all fields.
    public let metadata: [UInt8]
    /// The value, which refers to them.
    public let value: [UInt8]

    /// Takes bytes as they are; `isValid` tells whether they are a VARIANT.
    public init(metadata: [UInt8], value: [UInt8]) {
        self.metadata = metadata
        self.value = value
    }

    /// The value of a column's row. Where it is no VARIANT, all of it is the value.
    init(cell: UnsafeBufferPointer<UInt8>) {
        let root = (try? VariantCell(cell))?.root ?? 0
        self.init(metadata: Array(cell[..<root]), value: Array(cell[root...]))
    }

    /// Whether everything in it can be read.
    public var isValid: Bool {
        (metadata + value).withUnsafeBufferPointer { bytes in
            guard let cell = try? VariantCell(bytes), cell.root == metadata.count else { return false }
            return (try? cell.validate()) != nil
        }
    }
}

extension VariantValue: CustomStringConvertible {
    /// JSON without blanks, with times in UTC; as much of it as can be read.
    public var description: String {
        (metadata + value).withUnsafeBufferPointer { bytes in
            ValueWriter.text { try? $0.write(variant: bytes, in: .utc) }
        }
    }
}
