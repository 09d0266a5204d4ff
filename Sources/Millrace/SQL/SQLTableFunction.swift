// Functions behind FROM that read something outside: `state('DIR', operator => 0)`.

import Lowering
import SQLParser
import SourceText

/// A function that gives the rows of a source: the path first, then options by name.
struct SQLTableFunction {
    let name: String
    /// What `format` calls the source.
    private let format: String
    /// The source's options by what they are called here.
    private let options: [String: String]

    private static let all = [
        SQLTableFunction(
            name: "state", format: "statestore",
            options: [
                "operator": "operatorId", "batchId": "batchId", "joinSide": "joinSide", "stateVarName": "stateVarName",
                "readRegisteredTimers": "readRegisteredTimers",
            ]),
        SQLTableFunction(name: "state_metadata", format: "state-metadata", options: [:]),
    ]

    /// The function of this name.
    static func named(_ name: String) -> SQLTableFunction? { all.first { $0.name == name.lowercased() } }

    /// The frame of a call; the arguments are `nil` where they are not all constants.
    func frame(
        _ arguments: [QueryLowering.TableArgument]?, at place: TextRange, in session: Session
    ) throws -> DataFrame {
        guard let arguments else {
            throw SQLDiagnostic(
                code: "NON_FOLDABLE_ARGUMENT", "the arguments of \(name) are constants", at: place)
        }
        guard let path = arguments.first, path.name == nil else {
            throw SQLDiagnostic(
                code: "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "\(name) takes the checkpoint's directory first", at: place,
                hint: "\(name)('/path/of/the/checkpoint')")
        }
        var reader = session.read.format(format)
        var given: Set<String> = []
        for argument in arguments.dropFirst() {
            guard let written = argument.name,
                let option = options.first(where: { $0.key.lowercased() == written.lowercased() })?.value
            else { throw unknown(argument) }
            guard given.insert(option).inserted else {
                throw SQLDiagnostic(
                    code: "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE",
                    "\(name) is given \(written) more than once", at: argument.range, hint: "give it once")
            }
            reader = reader.option(option, argument.text)
        }
        return reader.load(path.text)
    }

    private func unknown(_ argument: QueryLowering.TableArgument) -> SQLDiagnostic {
        let names = options.keys.sorted()
        guard let written = argument.name else {
            return SQLDiagnostic(
                code: "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "\(name) takes one argument without a name",
                at: argument.range, hint: names.isEmpty ? nil : "write: \(names[0]) => ...")
        }
        let near = Spelling.nearest(to: written, among: names).map { "did you mean \($0)?" }
        return SQLDiagnostic(
            code: "UNRECOGNIZED_PARAMETER_NAME", "\(name) has no argument \(written)", at: argument.range,
            hint: near ?? (names.isEmpty ? nil : "arguments: \(names.joined(separator: ", "))"))
    }
}
