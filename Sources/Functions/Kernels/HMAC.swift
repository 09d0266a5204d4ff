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

    /// The code of each message, the second column, with its key, the first, by the algorithm that the third names.
    ///
    /// - Throws: INVALID_PARAMETER_VALUE for an empty key and for algorithms that nobody knows.
    static func codes(_ columns: [ColumnVector]) throws(KernelError) -> ColumnVector {
        let (keys, messages, names) = (Runs(columns[0]), Runs(columns[1]), Runs(columns[2]))
        // The name is nearly always a constant: it is read again only where it differs from the row before.
        var known: (place: Int, algorithm: Algorithm)?
        var scratch: [UInt8] = []
        return try Loops.runs(.binary, count: columns[0].count, strict: columns) { (row, out) throws(KernelError) in
            let algorithm: Algorithm
            if let known, names[known.place].elementsEqual(names[row]) {
                algorithm = known.algorithm
            } else {
                guard let found = Algorithm(names[row]) else {
                    throw KernelError(
                        code: "INVALID_PARAMETER_VALUE.HMAC_ALGORITHM",
                        message: "there is no algorithm '\(Utf8Kernel.javaString(names[row]))'", row: row,
                        hint: "MD5, SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512")
                }
                known = (row, found)
                algorithm = found
            }
            guard !keys[row].isEmpty else {
                throw KernelError(
                    code: "INVALID_PARAMETER_VALUE.HMAC_CRYPTO_ERROR", message: "the key is empty", row: row)
            }
            let code = code(of: messages[row], key: keys[row], by: algorithm, &scratch)
            code.withUnsafeBufferPointer { out.put($0) }
        }
    }

    private static func code(
        of message: UnsafeBufferPointer<UInt8>, key: UnsafeBufferPointer<UInt8>, by algorithm: Algorithm,
        _ scratch: inout [UInt8]
    ) -> [UInt8] {
        let size = algorithm.blockBytes
        let shortened = key.count > size ? algorithm.digest(key) : []
        func byte(_ place: Int) -> UInt8 {
            if key.count > size { return place < shortened.count ? shortened[place] : 0 }
            return place < key.count ? key[place] : 0
        }
        scratch.removeAll(keepingCapacity: true)
        for place in 0..<size { scratch.append(byte(place) ^ 0x36) }
        scratch.append(contentsOf: message)
        let inner = scratch.withUnsafeBufferPointer { algorithm.digest($0) }
        scratch.removeAll(keepingCapacity: true)
        for place in 0..<size { scratch.append(byte(place) ^ 0x5c) }
        scratch.append(contentsOf: inner)
        return scratch.withUnsafeBufferPointer { algorithm.digest($0) }
    }
}
