// Statements of the tests, cut and mutated: each has a plan, or an error that says where.

import Columns
import LogicalPlan
import Planner
import SQLParser
import SourceText
import TestSupport
import Testing

/// Every statement of `queries`, `plans` and `expressions`, cut behind each token, and with tokens left out, doubled,
/// exchanged with the next one and with one of another statement.
///
/// A run takes the statements and a share of the mutants, always the same; `MILLRACE_MUTANTS=all` takes all. A mutant
/// that ends the process is the last line of its file in the folder that `MILLRACE_MUTANTS_LOG` names.
@Suite struct MutantTests {
    private static let folder = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    private static let paths = ["expressions", "plans", "queries"].flatMap {
        files(in: "\(folder)/\($0)", ending: ".slt")
    }

    /// A run takes one of so many mutants.
    private static let share = 24

    @Test("a mutant has a plan, or an error with a place", arguments: paths)
    func mutants(of path: String) throws {
        let statements = try SqlLogicFile(path: path).cases.map { one in
            path.contains("/expressions/") ? "SELECT \(one.query)" : one.query
        }
        let takesAll = environment("MILLRACE_MUTANTS") == "all"
        let log = environment("MILLRACE_MUTANTS_LOG").map { "\($0)/\(path.split(separator: "/").suffix(2).joined())" }
        var random = SeededRandom(UInt64(path.utf8.count))
        let words = statements.flatMap(Self.tokens)
        var complaints: [String] = []
        for statement in statements {
            for mutant in Self.mutants(of: Self.tokens(statement), words, &random) {
                guard takesAll || mutant == statement || random.below(Self.share) == 0 else { continue }
                if let log { try writeText(mutant, to: log) }
                if let complaint = Self.complaint(mutant) { complaints.append("\(mutant)\n    \(complaint)") }
            }
        }
        #expect(complaints.isEmpty, "\(complaints.count): \(complaints.prefix(20).joined(separator: "\n"))")
    }

    // MARK: Mutants

    private static func mutants(
        of tokens: [String], _ words: [String], _ random: inout SeededRandom
    ) -> [String] {
        var mutants: [[String]] = []
        for place in tokens.indices {
            mutants.append(Array(tokens[...place]))
            var changed = tokens
            changed.remove(at: place)
            mutants.append(changed)
            changed = tokens
            changed.insert(" \(tokens[place])", at: place)
            mutants.append(changed)
            changed = tokens
            changed[place] = " \(words[random.below(words.count)])"
            mutants.append(changed)
            guard place + 1 < tokens.count else { continue }
            changed = tokens
            changed.swapAt(place, place + 1)
            mutants.append(changed)
        }
        return mutants.map { $0.joined() }
    }

    /// Words, strings with their quotes, and single signs, each with the blanks before it.
    private static func tokens(_ text: String) -> [String] {
        var tokens: [String] = []
        var rest = Substring(text)
        while true {
            let blanks = rest.prefix(while: \.isWhitespace)
            rest = rest[blanks.endIndex...]
            guard let first = rest.first else { return tokens }
            var token = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            if "'\"`".contains(first), let end = rest.dropFirst().firstIndex(of: first) { token = rest[...end] }
            if token.isEmpty { token = rest.prefix(1) }
            tokens.append(String(blanks + token))
            rest = rest[token.endIndex...]
        }
    }

    // MARK: What comes of one

    /// What is wrong with how a statement ends; `nil` where it has a plan or a proper error.
    private static func complaint(_ statement: String) -> String? {
        let query: WrittenQuery
        let resolved: ResolvedPlan
        do {
            guard let written = try WrittenQuery(statement) else { return nil }
            query = written
            resolved = try written.analyzed()
        } catch {
            return complaint(error, in: statement)
        }
        for mode in resolved.isStreaming ? OutputMode.allCases : [.append] {
            do {
                try query.check(resolved, mode)
            } catch {
                if let complaint = complaint(error, in: statement) { return "in output mode \(mode): \(complaint)" }
                continue
            }
            do {
                _ = CanonicalPlan.v1(resolved, outputMode: mode)
                _ = try PhysicalPlanner.plan(resolved, outputMode: mode) { _ in true }
            } catch let error as PlanError {
                if error.code == "INTERNAL" { return "\(error)" }
            } catch {
                return "\(error)"
            }
        }
        return nil
    }

    /// What is wrong with an error of a statement; `nil` where it is a proper one, with a place.
    private static func complaint(_ error: any Error, in statement: String) -> String? {
        switch error {
        case let error as SQLDiagnostic:
            let isInside = 0...statement.utf8.count ~= error.range.start && error.range.start <= error.range.end
            return isInside ? nil : "the error is somewhere else: \(error)"
        case let error as PlanError:
            if error.code == "INTERNAL" { return "\(error)" }
            return error.place == nil ? "the error has no place: \(error)" : nil
        default: return "\(error)"
        }
    }
}
