// Arguments by name, brought to their places.

import Columns
import Functions
import SourceText

extension Expression {
    /// The arguments of a call in the order of its parameters, with the defaults of those that are left out before a
    /// named one.
    package static func positional(_ function: String, _ arguments: [Expression]) throws(PlanError) -> [Expression] {
        guard arguments.contains(where: { $0.named != nil }) else { return arguments }
        let name = function.lowercased()
        let whole = "\(name)(\(arguments.map(\.text).joined(separator: ", ")))"
        func misuse(_ condition: String, _ message: String, hint: String? = nil) -> PlanError {
            PlanError(condition, message, expression: whole, hint: hint)
        }
        guard let parameters = NamedParameters.names(of: name) else {
            throw misuse(
                "NAMED_PARAMETERS_NOT_SUPPORTED", "the parameters of \(name) have no names",
                hint: "give the arguments by their places")
        }
        var values = [Expression?](repeating: nil, count: parameters.count)
        var taken = 0
        for argument in arguments {
            guard let (written, value) = argument.named else {
                guard taken < parameters.count, values[taken...].allSatisfy({ $0 == nil }) else {
                    throw misuse(
                        "UNEXPECTED_POSITIONAL_ARGUMENT", "an argument of \(name) without a name stands behind others",
                        hint: "arguments by place come first")
                }
                values[taken] = argument
                taken += 1
                continue
            }
            guard let place = parameters.firstIndex(where: { $0.lowercased() == written.lowercased() }) else {
                throw misuse(
                    "UNRECOGNIZED_PARAMETER_NAME", "\(name) has no parameter `\(written)`",
                    hint: "its parameters are \(parameters.joined(separator: ", "))")
            }
            guard values[place] == nil else {
                throw misuse(
                    place < taken
                        ? "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.BOTH_POSITIONAL_AND_NAMED"
                        : "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE",
                    "the parameter `\(parameters[place])` of \(name) is given twice")
            }
            values[place] = value
        }
        let last = values.lastIndex { $0 != nil } ?? 0
        let defaults = FunctionTable.definition(name)?.defaults ?? []
        var ordered: [Expression] = []
        for (place, value) in values[...last].enumerated() {
            if let value {
                ordered.append(value)
                continue
            }
            let missing = place - (parameters.count - defaults.count)
            guard defaults.indices.contains(missing) else {
                throw misuse(
                    "REQUIRED_PARAMETER_NOT_FOUND", "the parameter `\(parameters[place])` of \(name) is missing")
            }
            ordered.append(.literal(defaults[missing], defaults[missing].isNull ? .null : .string))
        }
        return ordered
    }

    /// The name and the value of an argument that has a name.
    private var named: (String, Expression)? {
        if case .argument(let name, let value) = unlocated { return (name, value) }
        return nil
    }
}
