// SQL text in the Swift API: expressions, column names and types.

import Columns
import LogicalPlan
import Planner
import SQLParser

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
        do {
            return Column(.column(try ExpressionLowering.columnName(name)))
        } catch {
            return Column(failure: failure(error, in: name))
        }
    }

    static func dataType(_ text: String) -> Result<DataType, MillraceError> {
        do {
            return .success(try ExpressionLowering.dataType(text))
        } catch {
            return .failure(failure(error, in: text))
        }
    }

    private static func failure(_ error: any Error, in text: String) -> MillraceError {
        if let diagnostic = error as? SQLDiagnostic {
            return MillraceError(
                code: "PARSE_SYNTAX_ERROR", message: diagnostic.rendered(in: text), hint: diagnostic.hint, kind: .query)
        }
        return MillraceError(wrapping: error)
    }
}
