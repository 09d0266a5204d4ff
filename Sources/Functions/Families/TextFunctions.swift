// Texts made of texts.

import Columns

enum TextFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "upper", aliases: ["ucase"], .text, "upper(text)", "the text in upper case", [.string], gives: .string,
            .unary { (column) throws(KernelError) in try StringKernels.upper(column) }),
        FunctionDefinition(
            "lower", aliases: ["lcase"], .text, "lower(text)", "the text in lower case", [.string], gives: .string,
            .unary { (column) throws(KernelError) in try StringKernels.lower(column) }),
        trim(
            "trim", aliases: ["btrim"], "at both ends", { StringKernels.trim($0) },
            { StringKernels.trim($0, characters: $1) }),
        trim("ltrim", "at its start", { StringKernels.ltrim($0) }, { StringKernels.ltrim($0, characters: $1) }),
        trim("rtrim", "at its end", { StringKernels.rtrim($0) }, { StringKernels.rtrim($0, characters: $1) }),
        FunctionDefinition(
            "concat", .text, "concat(text, ...)", "the texts, binaries or arrays, one after the other", 0...Int.max,
            traits: [.isNullIntolerant, .takesConstants]
        ) { (call) throws(FunctionError) in
            if call.arguments.contains(where: { $0.type.isNested }) {
                let type = try call.commonType()
                guard case .array = type else { throw call.unexpected(0, "a text, a binary or an ARRAY") }
                return .kernel(
                    call.arguments.map { _ in type }, type, isNullable: nil,
                    .variadic { (columns) throws(KernelError) in
                        try ListKernels.concatenated(columns.map { $0.materialized() }, type)
                    })
            }
            let isBinary = !call.arguments.isEmpty && call.arguments.allSatisfy { $0.type == .binary }
            for index in call.arguments.indices where !call.type(index).isAtomic && call.type(index) != .null {
                throw call.unexpected(index, "a text, a number or a time")
            }
            let type: DataType = isBinary ? .binary : .string
            guard !call.arguments.isEmpty else { return .rewrite(.literal(.string(""), .string)) }
            return .kernel(
                call.arguments.map { _ in type }, type, isNullable: nil,
                .variadic { (columns) throws(KernelError) in try StringKernels.concat(columns) })
        },
        FunctionDefinition(
            "concat_ws", .text, "concat_ws(separator, text or array, ...)",
            "the texts that aren't NULL, with a separator between them", 1...Int.max, traits: [], values: [0]
        ) { (call) throws(FunctionError) in
            var types = try FunctionCall(name: call.name, arguments: [call.arguments[0]]).types([.string])
            for (index, argument) in call.arguments.enumerated().dropFirst() {
                if case .array(let element, let containsNull) = argument.type {
                    guard TypeCoercion.castsImplicitly(element, to: .string) else {
                        throw call.unexpected(index, "an ARRAY of texts")
                    }
                    types.append(.array(.string, containsNull: containsNull))
                } else {
                    guard TypeCoercion.castsImplicitly(argument.type, to: .string) else {
                        throw call.unexpected(index, "STRING or ARRAY<STRING>")
                    }
                    types.append(.string)
                }
            }
            return .kernel(
                types, .string, isNullable: call.arguments[0].isNullable,
                .variadic { (columns) throws(KernelError) in try TextKernels.joined(columns) })
        },
        FunctionDefinition(
            "substring", aliases: ["substr"], .text, "substring(text, position [, length])",
            "characters of a text, or bytes of a binary, from a position that counts from 1, or below 0 from the end",
            2...3, defaults: [.integer(.max)], traits: [.isNullIntolerant, .takesConstants]
        ) { (call) throws(FunctionError) in
            let source = try call.textOrBinary(0)
            return .kernel(
                try call.types([source, .integer]), source, isNullable: nil,
                .variadic { (columns) throws(KernelError) in
                    try StringKernels.substring(columns[0], position: columns[1], length: columns[2])
                })
        },
        FunctionDefinition(
            "left", .text, "left(text, length)", "the first characters", 2...2,
            traits: []
        ) { (call) throws(FunctionError) in
            _ = try call.types([call.type(0), .integer])
            return .rewrite(
                .call("substring", [.argument(0), .literal(.integer(1), .integer), .cast(.argument(1), .integer)]))
        },
        FunctionDefinition(
            "right", .text, "right(text, length)", "the last characters", 2...2, traits: []
        ) { (call) throws(FunctionError) in
            // What Spark casts by itself to a length; an interval is none.
            _ = try call.types([call.type(0), .integer])
            let length = Rewrite.cast(.argument(1), .integer)
            return .rewrite(
                .choose(
                    .isNull(.argument(0), isNegated: false), then: .null,
                    otherwise: .choose(
                        .comparison(.lessOrEqual, length, .literal(.integer(0), .integer)),
                        then: .literal(.string(""), .string),
                        otherwise: .cast(.call("substring", [.argument(0), .negate(length)]), .string))))
        },
        FunctionDefinition(
            "replace", .text, "replace(text, search [, replacement])", "the text with every stand of another replaced",
            [.string, .string, .string], defaults: [.string("")], gives: .string,
            traits: [.isNullIntolerant, .takesConstants],
            .variadic { (columns) throws(KernelError) in try TextKernels.replace(columns) }),
        pad("lpad", "in front", leads: true),
        pad("rpad", "behind", leads: false),
        FunctionDefinition(
            "repeat", .text, "repeat(text, times)", "the text so many times", [.string, .integer], gives: .string,
            traits: [.isNullIntolerant, .mayRaise, .takesConstants],
            .binary { (texts, times) throws(KernelError) in try TextKernels.repeated(texts, times) }),
        FunctionDefinition(
            "space", .text, "space(count)", "so many blanks", 1...1,
            is: .call("repeat", [.literal(.string(" "), .string), .argument(0)])),
        FunctionDefinition(
            "reverse", .text, "reverse(text or array)", "the characters or elements from the last to the first", 1...1
        ) { (call) throws(FunctionError) in
            if case .array = call.type(0) {
                return .kernel([call.type(0)], call.type(0), isNullable: nil, .unary { ListElements($0).reversed() })
            }
            let type = try call.textOrBinary(0)
            return .kernel(
                [type], type, isNullable: nil,
                .unary { (column) throws(KernelError) in try TextKernels.reversed(column) })
        },
        FunctionDefinition(
            "translate", .text, "translate(text, from, to)",
            "the text with characters exchanged for those at the same place of another", [.string, .string, .string],
            gives: .string, traits: [.isNullIntolerant, .takesConstants], values: [1, 2],
            .variadic { (columns) throws(KernelError) in try TextKernels.translate(columns) }),
        FunctionDefinition(
            "char", aliases: ["chr"], .text, "char(code)", "the character with a code, of which the last 8 bits count",
            [.long], gives: .string, .unary { (column) throws(KernelError) in try TextKernels.character(column) }),
    ]

    /// One argument takes blanks away, a second names the characters that go.
    private static func trim(
        _ name: String, aliases: [String] = [], _ place: String,
        _ blanks: @escaping @Sendable (ColumnVector) -> ColumnVector,
        _ characters: @escaping @Sendable (ColumnVector, ColumnVector) -> ColumnVector
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, aliases: aliases, .text, "\(name)(text [, characters])",
            "the text without blanks, or these characters, \(place)", 1...2,
            traits: [.isNullIntolerant, .takesConstants]
        ) { (call) throws(FunctionError) in
            // A binary is read as text here.
            for index in call.arguments.indices where call.type(index) != .binary {
                guard TypeCoercion.castsImplicitly(call.type(index), to: .string) else {
                    throw call.unexpected(index, "STRING")
                }
            }
            return .kernel(
                call.arguments.map { _ in .string }, .string, isNullable: nil,
                call.arguments.count == 1 ? .unary(blanks) : .binary(characters))
        }
    }

    private static func pad(_ name: String, _ place: String, leads: Bool) -> FunctionDefinition {
        FunctionDefinition(
            name, .text, "\(name)(text, length [, filling])",
            "the text with so many characters: cut, or filled \(place); a binary with bytes, 0 where none are given",
            2...3, defaults: [.string(" ")],
            traits: [.isNullIntolerant, .mayRaise, .takesConstants], values: [2]
        ) { (call) throws(FunctionError) in
            if call.type(0) == .binary, call.arguments[2].isLeftOut {
                return .rewrite(
                    .call(name, [.argument(0), .argument(1), .literal(.binary([0]), .binary)]))
            }
            let isBinary = call.type(0) == .binary && call.type(2) == .binary
            let type: DataType = isBinary ? .binary : .string
            return .kernel(
                try call.types([type, .integer, type]), type, isNullable: nil,
                .variadic { (columns) throws(KernelError) in try TextKernels.pad(columns, leads: leads) })
        }
    }
}
