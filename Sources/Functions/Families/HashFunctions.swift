// Hashes and checksums.

import Columns

enum HashFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "hash", .other, "hash(value, ...)", "Murmur3's hash of the values, in 32 bits", 1...Int.max, traits: []
        ) { (call) throws(FunctionError) in
            try refuseMaps(call)
            return .kernel(
                call.arguments.map(\.type), .integer, isNullable: false,
                .contextual { columns, count, _ in
                    HashKernels.hash(columns, count: count, by: Murmur3.self, .integer)
                })
        },
        FunctionDefinition(
            "xxhash64", .other, "xxhash64(value, ...)", "xxHash's hash of the values, in 64 bits", 1...Int.max,
            traits: []
        ) { (call) throws(FunctionError) in
            try refuseMaps(call)
            return .kernel(
                call.arguments.map(\.type), .long, isNullable: false,
                .contextual { columns, count, _ in
                    HashKernels.hash(columns, count: count, by: XXHash64.self, .long)
                })
        },
        digest("md5", "the MD5 digest in hexadecimal digits") { (column) throws(KernelError) in
            try MD5.texts(of: column)
        },
        digest("sha1", aliases: ["sha"], "the SHA-1 digest in hexadecimal digits") { (column) throws(KernelError) in
            let (runs, room) = (Runs(column), Buffer(capacity: SHA1.byteCount))
            let digest = room.pointer(as: UInt8.self)
            defer { withExtendedLifetime(room) {} }
            return try Loops.runs(.string, count: column.count, strict: [column]) { row, out in
                SHA1.digest(runs[row], into: digest)
                out.putHexadecimal(UnsafeBufferPointer(start: digest, count: SHA1.byteCount))
            }
        },
        FunctionDefinition(
            "sha2", .other, "sha2(binary, bits)",
            "the SHA-2 digest of 224, 256, 384 or 512 bits in hexadecimal digits; 0 is 256, others are NULL", 2...2
        ) { (call) throws(FunctionError) in
            guard call.type(0) == .string || call.type(0) == .binary || call.type(0) == .null else {
                throw call.unexpected(0, "BINARY")
            }
            guard call.type(1).isIntegral || [.string, .null].contains(call.type(1)) else {
                throw call.unexpected(1, "INT")
            }
            return .kernel([.binary, .integer], .string, isNullable: true, .binary { sha2($0, $1) })
        },
        FunctionDefinition(
            "hmac", .other, "hmac(key, message [, algorithm])",
            "the code by which who has the key knows a message: of SHA-256, MD5, SHA-1 or another SHA-2", 2...3,
            defaults: [.string("SHA-256")], traits: [.isNullIntolerant, .mayRaise],
            values: [2]
        ) { (call) throws(FunctionError) in
            for index in 0..<2 where ![.string, .binary, .null].contains(call.type(index)) {
                throw call.unexpected(index, "BINARY")
            }
            guard call.type(2) == .string || call.type(2) == .null else { throw call.unexpected(2, "STRING") }
            return .kernel(
                [.binary, .binary, .string], .binary, isNullable: nil,
                .prepared { constants in
                    let key = HMAC.Key(key: constants[0], algorithm: constants[2])
                    return .variadic { (columns) throws(KernelError) in try HMAC.codes(columns, key) }
                })
        },
        FunctionDefinition(
            "crc32", .other, "crc32(binary)", "the checksum CRC-32", 1...1
        ) { (call) throws(FunctionError) in
            try requireBytes(call)
            return .kernel(
                [.binary], .long, isNullable: nil,
                .unary { column in
                    let runs = Runs(column)
                    return Loops.slots(.long, [column], as: Int64.self) { Int64(CRC32.checksum(runs[$0])) }
                })
        },
    ]

    private static func refuseMaps(_ call: FunctionCall) throws(FunctionError) {
        for argument in call.arguments where argument.type.hasVariant {
            throw FunctionError(
                "DATATYPE_MISMATCH.HASH_VARIANT_TYPE", "\(call.name) takes no VARIANT, found \(argument.type)",
                hint: "hash to_json of it")
        }
        for argument in call.arguments where !KeyEncoder.canEncode(argument.type) {
            throw FunctionError(
                "DATATYPE_MISMATCH.HASH_MAP_TYPE", "\(call.name) takes no maps, found \(argument.type)",
                hint: "hash map_entries, sorted")
        }
    }

    private static func requireBytes(_ call: FunctionCall) throws(FunctionError) {
        guard [.string, .binary, .null].contains(call.type(0)) else { throw call.unexpected(0, "BINARY") }
    }

    private static func digest(
        _ name: String, aliases: [String] = [], _ summary: String,
        _ kernel: @escaping @Sendable (ColumnVector) throws(KernelError) -> ColumnVector
    ) -> FunctionDefinition {
        FunctionDefinition(name, aliases: aliases, .other, "\(name)(binary)", summary, 1...1) {
            (call) throws(FunctionError) in
            try requireBytes(call)
            return .kernel([.binary], .string, isNullable: nil, .unary(kernel))
        }
    }

    private static func sha2(_ texts: ColumnVector, _ bits: ColumnVector) -> ColumnVector {
        let (runs, numbers) = (Runs(texts), bits.slots(as: Int32.self))
        let validity = ValidityKernel.all([texts, bits], count: texts.count)
        let (valid, room) = (validity.pointer, Buffer(capacity: SHA2.mostBytes))
        let digest = room.pointer(as: UInt8.self)
        defer { withExtendedLifetime(room) {} }
        var out = BytesBuilder(type: .string, capacity: texts.count, byteCapacity: texts.count * 64)
        for row in 0..<texts.count {
            guard Loops.isValid(valid, row),
                let count = SHA2.digest(runs[row], bits: Int(numbers[row]), into: digest)
            else {
                out.appendNull()
                continue
            }
            out.putHexadecimal(UnsafeBufferPointer(start: digest, count: count))
            out.endValue()
        }
        return out.finish()
    }
}

extension BytesBuilder {
    /// Writes two hexadecimal digits for each byte of a digest, which is four, or several times as many.
    @inline(__always)
    mutating func putHexadecimal(_ digest: UnsafeBufferPointer<UInt8>) {
        let raw = UnsafeRawBufferPointer(digest)
        for place in stride(from: 0, to: digest.count & ~3, by: 4) {
            putHexadecimal(raw.loadUnaligned(fromByteOffset: place, as: UInt32.self).littleEndian)
        }
    }

    /// The same of four bytes, the lowest first, all at once.
    @inline(__always)
    mutating func putHexadecimal(_ word: UInt32) {
        var spread = UInt64(word)
        spread = (spread | spread &<< 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread &<< 8) & 0x00FF_00FF_00FF_00FF
        let digits = (spread &>> 4 | spread &<< 8) & 0x0F0F_0F0F_0F0F_0F0F
        // From 10 on letters: 6 more carry into the bit of 16.
        let letters = ((digits &+ 0x0606_0606_0606_0606) &>> 4) & 0x0101_0101_0101_0101
        reserve(8)
        write { place in
            UnsafeMutableRawPointer(place).storeBytes(
                of: (digits &+ 0x3030_3030_3030_3030 &+ letters &* 39).littleEndian, as: UInt64.self)
            return 8
        }
    }
}
