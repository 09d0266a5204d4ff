// Bytes as letters and digits, and texts as bytes.

import Columns
import Formats

enum EncodingFunctions {
    static let all: [FunctionDefinition] = digits + characters + validity

    /// Refuses what is no text and no binary.
    private static func bytes(_ call: FunctionCall, _ index: Int = 0) throws(FunctionError) {
        guard call.type(index) != .binary else { return }
        guard TypeCoercion.castsImplicitly(call.type(index), to: .string) else {
            throw call.unexpected(index, "BINARY or STRING")
        }
    }

    /// The same call with the text of what is neither a text nor a binary; `nil` where the first argument is one.
    private static func ofText(_ call: FunctionCall) -> FunctionShape? {
        guard ![.string, .binary, .null].contains(call.type(0)) else { return nil }
        let others = call.arguments.indices.dropFirst().map { Rewrite.argument($0) }
        return .rewrite(.call(call.name, [.cast(.argument(0), .string)] + others))
    }

    // MARK: Digits and letters

    private static let digits: [FunctionDefinition] = [
        FunctionDefinition("hex", .text, "hex(value)", "a number, or the bytes, in hexadecimal digits", 1...1) {
            (call) throws(FunctionError) in
            if call.type(0).isNumeric {
                return .kernel(
                    [.long], .string, isNullable: nil,
                    .unary { (column) throws(KernelError) in try EncodingKernels.digits(column, bits: 4) })
            }
            try bytes(call)
            return .kernel(
                [call.type(0) == .binary ? .binary : .string], .string, isNullable: nil,
                .unary { (column) throws(KernelError) in try EncodingKernels.hexadecimal(column) })
        },
        partial(
            "unhex", "the bytes of hexadecimal digits; NULL where others are among them",
            { EncodingKernels.fromHexadecimal($0, &$1) }),
        FunctionDefinition(
            "bin", .text, "bin(number)", "the number in binary digits", [.long], gives: .string,
            .unary { (column) throws(KernelError) in try EncodingKernels.digits(column, bits: 1) }),
        FunctionDefinition(
            "conv", .math, "conv(text, base, newBase)",
            "a number in digits of another base, from 2 to 36, with a sign where it is below 0",
            3...3, traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            .kernel(
                try call.types([.string, .integer, .integer]), .string, isNullable: true,
                .variadic { (columns) throws(KernelError) in
                    try EncodingKernels.converted(columns[0], columns[1], columns[2])
                })
        },
        FunctionDefinition("base64", .text, "base64(binary)", "the bytes in letters of base 64", 1...1) {
            (call) throws(FunctionError) in
            try bytes(call)
            return .kernel(
                [call.type(0) == .binary ? .binary : .string], .string, isNullable: nil,
                .unary { (column) throws(KernelError) in
                    let runs = Runs(column)
                    return try Loops.runs(.string, count: column.count, strict: [column]) { row, out in
                        Base64.encode(runs[row], into: &out)
                    }
                })
        },
        checked(
            "unbase64", "the bytes of letters of base 64, others passed over", "base64",
            { EncodingKernels.fromBase64($0, &$1) }),
        FunctionDefinition("to_base32", .text, "to_base32(binary)", "the bytes in letters of base 32", 1...1) {
            (call) throws(FunctionError) in
            try bytes(call)
            return .kernel(
                [call.type(0) == .binary ? .binary : .string], .string, isNullable: nil,
                .unary { (column) throws(KernelError) in
                    let runs = Runs(column)
                    return try Loops.runs(.string, count: column.count, strict: [column]) { row, out in
                        EncodingKernels.base32(runs[row], &out)
                    }
                })
        },
        FunctionDefinition(
            "from_base32", .text, "from_base32(text)", "the bytes of letters of base 32, others passed over", [.string],
            gives: .binary,
            .unary { (column) throws(KernelError) in
                let runs = Runs(column)
                return try Loops.runs(.binary, count: column.count, strict: [column]) { row, out in
                    EncodingKernels.fromBase32(runs[row], &out)
                }
            }),
        binary("to_binary", isTry: false), binary("try_to_binary", isTry: true),
        FunctionDefinition(
            "url_encode", .text, "url_encode(text)", "the text as a form sends it", [.string], gives: .string,
            .unary { (column) throws(KernelError) in try EncodingKernels.urlEncoded(column) }),
        FunctionDefinition(
            "url_decode", .text, "url_decode(text)", "the text that a form has sent", [.string], gives: .string,
            traits: [.isNullIntolerant, .mayRaise],
            .unary { (column) throws(KernelError) in try EncodingKernels.urlDecoded(column) }),
        FunctionDefinition(
            "try_url_decode", .text, "try_url_decode(text)", "as url_decode, NULL where it can't be read", 1...1
        ) { (call) throws(FunctionError) in
            .kernel(
                try call.types([.string]), .string, isNullable: true,
                .attempting(.unary { (column) throws(KernelError) in try EncodingKernels.urlDecoded(column) }))
        },
    ]

    /// Bytes of a text, NULL where `body` says that it stands for none.
    private static func partial(
        _ name: String, _ summary: String,
        _ body: @escaping @Sendable (UnsafeBufferPointer<UInt8>, inout BytesBuilder) -> Bool
    ) -> FunctionDefinition {
        FunctionDefinition(name, .text, "\(name)(text)", summary, 1...1) { (call) throws(FunctionError) in
            .kernel(
                try call.types([.string]), .binary, isNullable: true,
                .unary { (column) throws(KernelError) in try EncodingKernels.decoded(column, orRaise: nil, body) })
        }
    }

    /// Bytes of a text, or an error where `body` says that it stands for none.
    private static func checked(
        _ name: String, _ summary: String, _ format: String,
        _ body: @escaping @Sendable (UnsafeBufferPointer<UInt8>, inout BytesBuilder) -> Bool
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .text, "\(name)(text)", summary, [.string], gives: .binary, traits: [.isNullIntolerant, .mayRaise],
            .unary { (column) throws(KernelError) in try EncodingKernels.decoded(column, orRaise: format, body) })
    }

    private static func binary(_ name: String, isTry: Bool) -> FunctionDefinition {
        FunctionDefinition(
            name, .text, "\(name)(text [, format])",
            "the bytes of a text in the format 'hex', 'base64' or 'utf-8'\(isTry ? ", NULL where it isn't" : "")",
            1...2,
            defaults: [.string("hex")], traits: isTry ? .isNullIntolerant : [.isNullIntolerant, .mayRaise], values: [1]
        ) { (call) throws(FunctionError) in
            let types = try call.types([.string])
            let body: @Sendable (UnsafeBufferPointer<UInt8>, inout BytesBuilder) -> Bool
            switch call.arguments[1].constant {
            case .null?: return .rewrite(.cast(.null, .binary))
            case .string(let format)?:
                switch format.lowercased() {
                case "hex": body = { EncodingKernels.fromHexadecimal($0, &$1) }
                case "base64": body = { EncodingKernels.fromWholeBase64($0, &$1) }
                case "utf-8", "utf8":
                    body = {
                        $1.put($0)
                        return true
                    }
                default:
                    if isTry { return .rewrite(.cast(.null, .binary)) }
                    throw FunctionError(
                        "DATATYPE_MISMATCH.INVALID_ARG_VALUE",
                        "the format of \(call.name) must be 'hex', 'utf-8' or 'base64', found '\(format)'")
                }
            default:
                throw FunctionError(
                    "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the format of \(call.name) must be a constant STRING")
            }
            let name = "to_binary"
            return .kernel(
                types, .binary, isNullable: isTry ? true : nil,
                .unary { (column) throws(KernelError) in
                    try EncodingKernels.decoded(column, orRaise: isTry ? nil : name, body)
                })
        }
    }

    // MARK: Character sets

    private static let characters: [FunctionDefinition] = [
        FunctionDefinition(
            "encode", .text, "encode(text, characterSet)", "the bytes of a text in a character set", 2...2,
            traits: [.isNullIntolerant, .mayRaise], values: [1]
        ) { (call) throws(FunctionError) in
            guard let set = try characterSet(call) else { return .rewrite(.cast(.null, .binary)) }
            return .kernel(
                try call.types([.string, .string]), .binary, isNullable: nil,
                .binary { (column, _) throws(KernelError) in try set.encoded(column) })
        },
        FunctionDefinition(
            "decode", .text, "decode(binary, characterSet)",
            "the text of bytes in a character set; with more arguments the result behind the one that equals the first",
            2...Int.max,
            traits: [.isNullIntolerant, .mayRaise], values: [1]
        ) { (call) throws(FunctionError) in
            guard call.arguments.count == 2 else { return .rewrite(cases(call.arguments.count)) }
            guard let set = try characterSet(call) else { return .rewrite(.cast(.null, .string)) }
            try bytes(call)
            return .kernel(
                [.binary, .string], .string, isNullable: nil,
                .binary { (column, _) throws(KernelError) in try set.decoded(column) })
        },
    ]

    /// The character set that an argument names; `nil` for NULL.
    private static func characterSet(_ call: FunctionCall) throws(FunctionError) -> CharacterSet? {
        switch call.arguments[1].constant {
        case .null?: return nil
        case .string(let name)?:
            guard let set = CharacterSet(rawValue: name.uppercased()) else {
                throw FunctionError(
                    "INVALID_PARAMETER_VALUE.CHARSET", "there is no character set '\(name)'",
                    hint: "there are \(CharacterSet.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return set
        default:
            throw FunctionError("NON_FOLDABLE_ARGUMENT", "the character set of \(call.name) must be a constant")
        }
    }

    /// `decode(value, search, result, search, result, default)`: NULL equals NULL.
    private static func cases(_ count: Int) -> Rewrite {
        let hasDefault = count.isMultiple(of: 2)
        var result: Rewrite = hasDefault ? .argument(count - 1) : .null
        for search in stride(from: count - (hasDefault ? 3 : 2), to: 0, by: -2) {
            result = .choose(
                .comparison(.nullSafeEqual, .argument(0), .argument(search)), then: .argument(search + 1),
                otherwise: result)
        }
        return result
    }

    // MARK: UTF-8

    private static let validity: [FunctionDefinition] = [
        FunctionDefinition("is_valid_utf8", .text, "is_valid_utf8(text)", "whether the bytes are UTF-8", 1...1) {
            (call) throws(FunctionError) in
            try bytes(call)
            if let ofText = ofText(call) { return ofText }
            return .kernel([.binary], .boolean, isNullable: nil, .unary { EncodingKernels.isUTF8($0) })
        },
        FunctionDefinition(
            "make_valid_utf8", .text, "make_valid_utf8(text)", "the text with U+FFFD for what is not UTF-8", 1...1
        ) { (call) throws(FunctionError) in
            try bytes(call)
            if let ofText = ofText(call) { return ofText }
            return .kernel([.binary], .string, isNullable: nil, .unary { Utf8Kernel.text($0) })
        },
        FunctionDefinition(
            "validate_utf8", .text, "validate_utf8(text)", "the text, which must be UTF-8", 1...1,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            try bytes(call)
            if let ofText = ofText(call) { return ofText }
            return .kernel(
                [.binary], .string, isNullable: nil,
                .unary { (column) throws(KernelError) in try EncodingKernels.validated(column) })
        },
        FunctionDefinition(
            "try_validate_utf8", .text, "try_validate_utf8(text)", "the text, NULL where it is not UTF-8", 1...1
        ) { (call) throws(FunctionError) in
            try bytes(call)
            if let ofText = ofText(call) { return ofText }
            return .kernel(
                [.binary], .string, isNullable: true,
                .attempting(.unary { (column) throws(KernelError) in try EncodingKernels.validated(column) }))
        },
    ]
}
