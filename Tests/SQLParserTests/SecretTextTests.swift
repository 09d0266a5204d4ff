// What pictures of broken SQL show of passwords: nothing.

import SourceText
import Testing

@testable import SQLParser

@Suite struct SecretTextTests {
    private func shown(_ text: String) -> String { String(decoding: SecretText(text).bytes, as: UTF8.self) }

    @Test(
        "values of secret options are stars, however they are written",
        arguments: [
            (
                "OPTIONS (kafka.sasl.password 'hunter2', topic 'a')",
                "OPTIONS (kafka.sasl.password '*******', topic 'a')"
            ),
            ("(`kafka.sasl.password` = \"hunter2\")", "(`kafka.sasl.password` = \"*******\")"),
            ("('kafka.ssl.key.password' 'a\\'b')", "('kafka.ssl.key.password' '****')"),
            ("(kafka.`sasl.jaas.config` 'x y')", "(kafka.`sasl.jaas.config` '* *')"),
            ("(kafka.sasl.pasword 'it''s')", "(kafka.sasl.pasword '*****')"),
            ("(kafka.sasl.password 'it's secret', b 'c')", "(kafka.sasl.password '**'* ******** * ****"),
            ("(kafka.sasl.password hunter2)", "(kafka.sasl.password *******)"),
            ("(kafka.sasl.password 'never closed\nSELECT 1", "(kafka.sasl.password '***** ******\n****** *"),
            ("SET my.secret = hunter2; SELECT 1", "SET my.secret = *******; SELECT 1"),
            // Strings and comments are what they are for the lexer: else a quote opens where one closes.
            ("/* a /* b */ it's */ (kafka.sasl.password 'x y')", "/* a /* b */ it's */ (kafka.sasl.password '* *')"),
            ("/*/ it's */ (kafka.sasl.password 'x y')", "/*/ it's */ (kafka.sasl.password '* *')"),
            ("(path r'\\', kafka.sasl.password 'x y')", "(path r'\\', kafka.sasl.password '* *')"),
            ("(kafka.sasl.password r'a, b\\', topic 'c')", "(kafka.sasl.password r'** **', topic 'c')"),
            ("SET my.secret = R\"a;b\"; SELECT 1", "SET my.secret = R\"***\"; SELECT 1"),
            ("(kafka.sasl.password /* of 'x' */ 'y z')", "(kafka.sasl.password /* of 'x' */ '* *')"),
            ("(kafka.sasl.password -- it's\n'y z')", "(kafka.sasl.password -- it's\n'* *')"),
            ("SET my.secret = /* it's */ a b", "SET my.secret = /* it's */ * *"),
            ("(kafka.sasl.password r'a''b c')", "(kafka.sasl.password r'*''* *')"),
            ("(kafka.sasl.password 'a'\"b c\")", "(kafka.sasl.password '*'\"* *\")"),
        ])
    func hidden(text: String, expected: String) {
        #expect(shown(text) == expected)
    }

    @Test(
        "everything else stays as it is",
        arguments: [
            "SELECT 'password', 'x' FROM t", "SELECT password FRM users WHERE a = 'b'", "-- password 'it's\nSELECT 'a'",
            "/* secret ' */ SELECT 'a' AS b", "OPTIONS (kafka.sasl.mechanisms 'PLAIN', path 'a')",
            "SELECT a--secret\n'b'", "'", "`", "secret", "secret =", "SELECT 'ä' AS ö", "",
        ])
    func untouched(text: String) {
        #expect(shown(text) == text)
    }

    @Test("neither the picture nor the message has the secret, and the caret stays where it was")
    func pictures() throws {
        let text = "CREATE TABLE t USING kafka OPTIONS (kafka.sasl.password hunter2)"
        let error = #expect(throws: SQLDiagnostic.self) { try SyntaxParser.script(text) }
        let picture = try #require(error).rendered(in: text)
        #expect(!picture.contains("hunter2"), "\(picture)")
        let lines = picture.split(separator: "\n")
        #expect(lines[1] == "CREATE TABLE t USING kafka OPTIONS (kafka.sasl.password *******)")
        #expect(lines[2].count == 63 && lines[2].hasSuffix("*") == false)
    }

    @Test("names of secrets")
    func names() {
        for name in ["kafka.sasl.password", "SASL.JAAS.CONFIG", "ssl.keystore.key", "sasl.oauthbearer.client.secret"] {
            #expect(SecretNames.isSecret(name))
        }
        for name in ["kafka.bootstrap.servers", "key", "topic", "sasl.oauthbearer.token.endpoint.url"] {
            #expect(!SecretNames.isSecret(name))
        }
    }
}
