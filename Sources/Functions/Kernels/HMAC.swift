// Codes that tell messages with a key from others, by RFC 2104.

import Columns

enum HMAC {
    /// A digest with the size of its blocks.
    private enum Algorithm {
        case md5, sha1
        case sha2(bits: Int)

        /// The algorithm with a name, with a hyphen or without, in letters of any case.
        init?(_ name: UnsafeBufferPointer<UInt8>) {
            switch String(decoding: name, as: UTF8.self).uppercased() {
            case "MD5": self = .md5
            case "SHA-1", "SHA1": self = .sha1
            case "SHA-224", "SHA224": self = .sha2(bits: 224)
            case "SHA-256", "SHA256": self = .sha2(bits: 256)
            case "SHA-384", "SHA384": self = .sha2(bits: 384)
            case "SHA-512", "SHA512": self = .sha2(bits: 512)
            default: return nil
            }
        }

        var blockBytes: Int {
            if case .sha2(let bits) = self, bits > 256 { return 128 }
            return 64
        }

        func digest(_ message: UnsafeBufferPointer<UInt8>) -> [UInt8] {
            switch self {
            case .md5: MD5.digest(message)
            case .sha1: SHA1.digest(message)
            case .sha2(let bits): SHA2.digest(message, bits: bits) ?? []
            }
        }
    }

    /// A key, ready for messages by one algorithm.
    struct Key: Sendable {
        private let algorithm: Algorithm
        /// The key, mixed with what goes before a message and before its digest: a block each.
        private let inner: [UInt8]
        private let outer: [UInt8]

        /// `nil` for an algorithm that nobody knows, and for an empty key.
        init?(_ key: UnsafeBufferPointer<UInt8>, _ name: UnsafeBufferPointer<UInt8>) {
            guard !key.isEmpty, let algorithm = Algorithm(name) else { return nil }
            self.algorithm = algorithm
            let size = algorithm.blockBytes
            var block = key.count > size ? algorithm.digest(key) : Array(key)
            block += [UInt8](repeating: 0, count: size - block.count)
            inner = block.map { $0 ^ 0x36 }
            outer = block.map { $0 ^ 0x5c }
        }

        /// The key of all rows, where key and algorithm are constants.
        init?(key: Value?, algorithm name: Value?) {
            guard case .binary(let key)? = key, case .string(var name)? = name else { return nil }
            guard let made = key.withUnsafeBufferPointer({ key in name.withUTF8 { Key(key, $0) } }) else { return nil }
            self = made
        }

        /// The code of a message; `scratch` has room for what is digested.
        func code(of message: UnsafeBufferPointer<UInt8>, _ scratch: inout [UInt8]) -> [UInt8] {
            scratch.removeAll(keepingCapacity: true)
            scratch += inner
            scratch += message
            let digest = scratch.withUnsafeBufferPointer { algorithm.digest($0) }
            scratch.removeAll(keepingCapacity: true)
            scratch += outer
            scratch += digest
            return scratch.withUnsafeBufferPointer { algorithm.digest($0) }
        }
    }

    /// The code of each message, the second column, with its key, the first, by the algorithm that the third names;
    /// `constant` where all rows have one key.
    ///
    /// - Throws: INVALID_PARAMETER_VALUE for an empty key and for algorithms that nobody knows.
    static func codes(_ columns: [ColumnVector], _ constant: Key?) throws(KernelError) -> ColumnVector {
        let (keys, messages, names) = (Runs(columns[0]), Runs(columns[1]), Runs(columns[2]))
        // A key is made ready again only where it or the algorithm differs from those of the row before.
        var known: (place: Int, key: Key)?
        var scratch: [UInt8] = []
        return try Loops.runs(.binary, count: columns[0].count, strict: columns) { (row, out) throws(KernelError) in
            let key: Key
            if let constant {
                key = constant
            } else if let known, names[known.place].elementsEqual(names[row]),
                keys[known.place].elementsEqual(keys[row])
            {
                key = known.key
            } else {
                key = try Self.key(keys[row], names[row], row)
                known = (row, key)
            }
            key.code(of: messages[row], &scratch).withUnsafeBufferPointer { out.put($0) }
        }
    }

    private static func key(
        _ key: UnsafeBufferPointer<UInt8>, _ name: UnsafeBufferPointer<UInt8>, _ row: Int
    ) throws(KernelError) -> Key {
        if let key = Key(key, name) { return key }
        guard Algorithm(name) != nil else {
            throw KernelError(
                code: "INVALID_PARAMETER_VALUE.HMAC_ALGORITHM",
                message: "there is no algorithm '\(Utf8Kernel.javaString(name))'", row: row,
                hint: "MD5, SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512")
        }
        throw KernelError(code: "INVALID_PARAMETER_VALUE.HMAC_CRYPTO_ERROR", message: "the key is empty", row: row)
    }
}
