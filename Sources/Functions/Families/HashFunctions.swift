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
        digest("md5", "the MD5 digest in hexadecimal digits") { message, out in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { digest in
                guard let start = digest.baseAddress else { return }
                MD5.digest(message, into: start)
                out.putHexadecimal(UnsafeBufferPointer(digest))
            }
        },
        digest("sha1", aliases: ["sha"], "the SHA-1 digest in hexadecimal digits") { message, out in
            SHA1.digest(message).withUnsafeBufferPointer { out.putHexadecimal($0) }
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
                .variadic { (columns) throws(KernelError) in try HMAC.codes(columns) })
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
        _ write: @escaping @Sendable (UnsafeBufferPointer<UInt8>, inout BytesBuilder) -> Void
    ) -> FunctionDefinition {
        FunctionDefinition(name, aliases: aliases, .other, "\(name)(binary)", summary, 1...1) {
            (call) throws(FunctionError) in
            try requireBytes(call)
            return .kernel(
                [.binary], .string, isNullable: nil,
                .unary { (column) throws(KernelError) in
                    let runs = Runs(column)
                    return try Loops.runs(.string, count: column.count, strict: [column]) { row, out in
                        write(runs[row], &out)
                    }
                })
        }
    }

    private static func sha2(_ texts: ColumnVector, _ bits: ColumnVector) -> ColumnVector {
        let (runs, numbers) = (Runs(texts), bits.slots(as: Int32.self))
        let validity = ValidityKernel.all([texts, bits], count: texts.count)
        let valid = validity.pointer
        var out = BytesBuilder(type: .string, capacity: texts.count)
        for row in 0..<texts.count {
            guard Loops.isValid(valid, row), let digest = SHA2.digest(runs[row], bits: Int(numbers[row])) else {
                out.appendNull()
                continue
            }
            digest.withUnsafeBufferPointer { out.putHexadecimal($0) }
            out.endValue()
        }
        return out.finish()
    }
}

extension BytesBuilder {
    /// Writes two hexadecimal digits a byte.
    mutating func putHexadecimal(_ bytes: UnsafeBufferPointer<UInt8>) {
        reserve(2 * bytes.count)
        for byte in bytes {
            for digit in [byte >> 4, byte & 15] { write(digit < 10 ? digit &+ 48 : digit &+ 87) }
        }
    }
}
