// Chance, and types as text.

import Columns
import SchemaText

enum OtherFunctions {
    static let all: [FunctionDefinition] = [
        random("rand", aliases: ["random"], "a number from 0 up to 1", { RandomKernels.uniform($0) }),
        random("randn", "a number of the normal distribution", { RandomKernels.normal($0) }),
        FunctionDefinition(
            "uuid", .other, "uuid()", "an identifier by RFC 9562", 0...0, traits: .isNondeterministic
        ) { _ in
            .kernel(
                [], .string, isNullable: false,
                .prepared { _ in RandomKernels.identifiers(RandomSequence(seed: nil)) })
        },
        FunctionDefinition(
            "collation", .other, "collation(text)", "the name of the order of texts, which is that of their bytes",
            1...1, traits: []
        ) { (call) throws(FunctionError) in
            guard call.type(0) == .string || call.type(0) == .null else { throw call.unexpected(0, "STRING") }
            return .rewrite(.literal(.string("SYSTEM.BUILTIN.UTF8_BINARY"), .string))
        },
        FunctionDefinition(
            "typeof", .other, "typeof(value)", "the value's type as text", 1...1, traits: []
        ) { call in .rewrite(.literal(.string(SchemaText.catalogText(call.type(0))), .string)) },
    ]

    private static func random(
        _ name: String, aliases: [String] = [], _ summary: String,
        _ kernel: @escaping @Sendable (RandomSequence) -> ScalarKernel
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, aliases: aliases, .other, "\(name)([seed])", summary, 0...1, traits: .isNondeterministic
        ) { (call) throws(FunctionError) in
            guard call.arguments.isEmpty || call.type(0).isIntegral || call.type(0) == .null else {
                throw call.unexpected(0, "an integer")
            }
            return .kernel(
                call.arguments.map { _ in .long }, .double, isNullable: false,
                .prepared { (constants) throws(FunctionError) in
                    guard let seed = constants.first else { return kernel(RandomSequence(seed: nil)) }
                    switch seed {
                    case .long(let seed): return kernel(RandomSequence(seed: seed))
                    case .null: return kernel(RandomSequence(seed: 0))
                    default:
                        throw FunctionError(
                            "NON_FOLDABLE_ARGUMENT", "the seed of \(name) must be a constant integer")
                    }
                })
        }
    }
}
