// SQL text in the Swift API: expressions, column names and types.

import Columns
import LogicalPlan
import Lowering
import SQLParser
import SchemaText
import SourceText

/// Parses what users write as text in the Swift API.
enum SQLText {
    static func column(_ sql: String) -> Column {
        do {
            return Column(try ExpressionLowering.expression(sql))
        } catch {
            return Column(failure: failure(error, in: sql))
        }
    }

    /// A column name; dots lead into structures, back-ticks keep them.
    static func columnName(_ name: String) -> Column {
        var parts: [String] = []
        var part = ""
        var isQuoted = false
        for character in name {
            switch character {
            case "`": isQuoted.toggle()
            case "." where !isQuoted:
                parts.append(part)
                part = ""
            default: part.append(character)
            }
        }
        parts.append(part)
        guard !isQuoted, !parts.contains("") else {
            return Column(
                failure: MillraceError(
                    code: "INVALID_ATTRIBUTE_NAME_SYNTAX", message: "'\(name)' is not the name of a column",
                    hint: "put names with dots between back-ticks, in pairs", kind: .query))
        }
        // `t.*`, as `*` alone, stands for columns; between back-ticks it is a name like others.
        if parts.last == "*", name.hasSuffix("*") { return Column(.star(qualifier: parts.dropLast())) }
        return Column(.column(parts))
    }

    static func dataType(_ text: String) -> Result<DataType, MillraceError> {
        do {
            return .success(try SchemaText.type(text))
        } catch {
            return .failure(failure(error, in: text))
        }
    }

    /// Columns as `CREATE TABLE` lists them.
    static func schema(_ text: String) -> Result<Schema, MillraceError> {
        do {
            return .success(try SchemaText.schema(text))
        } catch {
            return .failure(failure(error, in: text))
        }
    }

    /// What is wrong in a text, with its picture.
    static func failure(_ error: any Error, in text: String) -> MillraceError {
        if let diagnostic = error as? SQLDiagnostic {
            return MillraceError(
                code: diagnostic.code, message: diagnostic.picture(in: text), hint: diagnostic.hint, kind: .query)
        }
        return MillraceError(wrapping: error)
    }
}

extension Optional where Wrapped == TextPlace {
    /// What is wrong, with the place, where there is one.
    func telling<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            guard let self else { throw error }
            let error = MillraceError(wrapping: error)
            throw MillraceError(
                code: error.code, message: self.picture(error.message), hint: error.hint, kind: error.kind)
        }
    }
}
