// Spark's functions that are not here, and why.

/// Functions of Spark 4.3 that cannot be called: who calls one learns the reason.
package enum LeftOutFunctions {
    /// Some functions and what they have in common.
    package struct Family: Sendable {
        package let names: [String]
        /// Why they are not here, as half a sentence.
        package let reason: String
    }

    /// Every family.
    package static let all: [Family] = [
        Family(
            names: names("aes_encrypt aes_decrypt try_aes_decrypt"),
            reason: "ciphers belong to a library that is kept for them, and none is among the dependencies"),
        Family(
            names: names(
                "approx_top_k approx_top_k_accumulate approx_top_k_combine approx_top_k_estimate count_min_sketch "
                    + "hll_sketch_agg hll_sketch_estimate hll_union hll_union_agg")
                + sketches(
                    "kll_",
                    "merge_agg sketch_agg sketch_get_n sketch_get_quantile sketch_get_rank sketch_merge "
                        + "sketch_to_string", "bigint double float")
                + names(
                    "theta_difference theta_intersection theta_intersection_agg theta_sketch_agg theta_sketch_estimate "
                        + "theta_union theta_union_agg")
                + sketches(
                    "tuple_",
                    "difference difference_theta intersection intersection_agg intersection_theta sketch_agg "
                        + "sketch_estimate sketch_summary sketch_theta union union_agg union_theta", "double integer"),
            reason: "sketches in the form of Apache DataSketches, or of Spark; approx_count_distinct, "
                + "percentile_approx and collect_set are there"),
        Family(
            names: names(
                "from_xml to_xml schema_of_xml xpath xpath_boolean xpath_double xpath_float xpath_int xpath_long "
                    + "xpath_number xpath_short xpath_string"), reason: "XML is not read"),
        Family(
            names: names("from_avro to_avro schema_of_avro from_protobuf to_protobuf"),
            reason: "Avro and Protobuf are not read yet"),
        Family(
            names: names(
                "variant_array_append try_variant_array_append "
                    + "variant_delete variant_insert try_variant_insert variant_set try_variant_set "
                    + "variant_strip_nulls"),
            reason: "a VARIANT is only read and made, not changed yet"),
        Family(
            names: names("timestamp_nanos unix_nanos"),
            reason: "timestamps have microseconds; nanoseconds are switched off in Spark 4.3, too"),
        Family(
            names: names("make_interval try_make_interval"),
            reason: "an interval has months or days and seconds, not both: make_ym_interval and make_dt_interval"),
        Family(
            names: names("collate collations"), reason: "texts are compared by their bytes: there is one collation"),
        Family(
            names: names(
                "current_catalog current_database current_path current_schema current_user session_user user version"),
            reason: "there are no catalogs, schemas and users"),
        Family(
            names: names("java_method reflect try_reflect python_worker_logs"),
            reason: "there is neither a Java nor a Python beside the engine"),
        Family(
            names: names(
                "input_file_block_length input_file_block_start input_file_name monotonically_increasing_id "
                    + "spark_partition_id"), reason: "a row knows no file, block or partition"),
        Family(
            names: names("st_asbinary st_geogfromwkb st_geomfromwkb st_setsrid st_srid"),
            reason: "there are no types for places on earth"),
        Family(names: names("measure"), reason: "there are no metric views"),
        Family(names: names("sql_keywords"), reason: "the words of the grammar are not those of Spark's"),
        Family(
            names: names("counter_diff"),
            reason: "lag(value) IGNORE NULLS over the same window gives what it subtracts"),
    ]

    private static func names(_ list: String) -> [String] { list.split(separator: " ").map(String.init) }

    /// Names of a beginning, a middle and a type.
    private static func sketches(_ start: String, _ middles: String, _ types: String) -> [String] {
        names(middles).flatMap { middle in names(types).map { "\(start)\(middle)_\($0)" } }
    }

    private static let reasons: [String: String] = Dictionary(
        uniqueKeysWithValues: all.flatMap { family in family.names.map { ($0, family.reason) } })

    /// Why a function of Spark's is not here; `nil` for all others. The name is in lower case.
    package static func reason(_ name: String) -> String? { reasons[name] }
}
