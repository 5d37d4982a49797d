using System.Text.Json.Serialization;
using Repro.Core.Configuration;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>One benchmark: data, prompt, examples, metric, filters and version. Keys are those of lm-eval's task files where it has
/// them; texts in double braces are Jinja over the fields of a document.</summary>
public sealed record BenchmarkSettings : ICheckedSettings
{
    /// <summary>Name of the task; <c>{subset}</c> stands for the name of each subset.</summary>
    public required string Task { get; init; }

    /// <summary>The harness whose prompts these are, such as <c>lm-eval</c>; results of two profiles are not comparable.</summary>
    public required string Profile { get; init; }

    /// <summary>Version of the task in that harness, part of every result.</summary>
    public required string Version { get; init; }

    /// <summary>How the published file is laid out.</summary>
    public required DocumentFormat Format { get; init; }

    /// <summary>The published files below the folder of the data; the documents of all of them are scored.</summary>
    public required IReadOnlyList<string> Data { get; init; }

    /// <summary>Where examples are taken from; empty where the task has none.</summary>
    public IReadOnlyList<string> FewshotData { get; init; } = [];

    /// <summary>The examples by their places in <see cref="FewshotData"/>, from 0, in the order in which they are shown; empty for all of
    /// them.</summary>
    public IReadOnlyList<int> FewshotRows { get; init; } = [];

    /// <summary>A file with the examples as they stand in the prompt, all of them together; null where they are made of
    /// <see cref="FewshotData"/>. What stands up to a line of five hyphens is no part of them, and one line end closes them.</summary>
    public string? FewshotText { get; init; }

    /// <summary>Documents of the published split, all subsets together; null where it is not known.</summary>
    [AtLeast(1)]
    public int? Items { get; init; }

    /// <summary>Documents with another number of choices are left out; null for none.</summary>
    [AtLeast(2)]
    public int? NumberOfChoices { get; init; }

    /// <summary>SHA-256 of the published files by their names, of those whose hash is known.</summary>
    public IReadOnlyDictionary<string, string> Sha256 { get; init; } = new Dictionary<string, string>();

    /// <summary>Examples before each document unless the run says otherwise.</summary>
    [AtLeast(0)]
    public int NumFewshot { get; init; }

    /// <summary>Which examples are taken.</summary>
    public FewshotSampler FewshotSampler { get; init; } = FewshotSampler.Seeded;

    /// <summary>What the model does.</summary>
    public required OutputType OutputType { get; init; }

    /// <summary>Stands once before examples and prompt.</summary>
    public string Description { get; init; } = string.Empty;

    /// <summary>The prompt of a document; where <see cref="PromptPerChoice"/> is set it may read <c>choice</c>.</summary>
    public required string DocToText { get; init; }

    /// <summary>The continuation for a choice: it reads <c>choice</c> and <c>letter</c>. Of multiple choice only.</summary>
    public string? DocToChoice { get; init; }

    /// <summary>An example as it stands in the prompt, where it is not prompt, delimiter and right answer; null where it is.</summary>
    public string? DocToExample { get; init; }

    /// <summary>The right answer: of generation as an example shows it and as <c>exact_match</c> compares it; of multiple choice as samples
    /// show it, null for the index of the choice.</summary>
    public string? DocToTarget { get; init; }

    /// <summary>Whether each choice has a prompt of its own and all have the same continuation.</summary>
    public bool PromptPerChoice { get; init; }

    /// <summary>Stands between prompt and continuation.</summary>
    public string TargetDelimiter { get; init; } = " ";

    /// <summary>Stands after each example.</summary>
    public string FewshotDelimiter { get; init; } = "\n\n";

    /// <summary>How a response is generated and where it ends. Of generation only.</summary>
    public GenerationRequest? GenerationKwargs { get; init; }

    /// <summary>What is reported.</summary>
    public required IReadOnlyList<BenchmarkMetric> MetricList { get; init; }

    /// <summary>What <c>exact_match</c> does to both texts before it compares them.</summary>
    public ExactMatchSettings ExactMatch { get; init; } = new();

    /// <summary>How an answer is taken out of a response, by the name under which its score is reported. Empty: the response
    /// itself.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<AnswerFilter>> FilterList { get; init; } =
        new Dictionary<string, IReadOnlyList<AnswerFilter>>();

    /// <summary>What is done to the right answer before an answer is compared with it; empty for nothing.</summary>
    public IReadOnlyList<AnswerFilter> TargetFilter { get; init; } = [];

    /// <summary>Parts that are scored one by one and then together; empty where there is one.</summary>
    public IReadOnlyDictionary<string, SubsetSettings> Subsets { get; init; } = new Dictionary<string, SubsetSettings>();

    /// <summary>Why a run with a model is not possible; null where it is.</summary>
    public string? PromptsOnly { get; init; }

    /// <summary>Whether what the model writes are programs that are run.</summary>
    public bool RunsPrograms => MetricList.Contains(BenchmarkMetric.PassAt1);

    /// <inheritdoc/>
    string? ICheckedSettings.Problem =>
        Data.Count == 0 ? "data is empty; at least one file was expected"
        : OutputType == OutputType.MultipleChoice && DocToChoice is null ? "doc_to_choice is missing; multiple_choice needs it"
        : OutputType == OutputType.GenerateUntil && (DocToTarget is null || GenerationKwargs is null)
            ? "doc_to_target or generation_kwargs is missing; generate_until needs both"
        : NumFewshot > 0 && FewshotData.Count == 0 && FewshotText is null ? "num_fewshot is above 0 and fewshot_data is empty"
        : FewshotText is not null && (NumFewshot == 0 || FewshotData.Count > 0)
            ? "fewshot_text takes num_fewshot above 0, and no fewshot_data beside it"
        : Subsets.Count > 0 != Task.Contains("{subset}", StringComparison.Ordinal)
            ? "task must hold {subset} where there are subsets, and only there"
        : null;
}

/// <summary>A part of a benchmark, such as a subject.</summary>
public sealed record SubsetSettings
{
    /// <summary>Its name as prompts write it, which templates read as <c>title</c>; null for the name of the subset.</summary>
    public string? Title { get; init; }

    /// <summary>In the place of the benchmark's description.</summary>
    public string? Description { get; init; }

    /// <summary>In the place of the benchmark's filters.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<AnswerFilter>>? FilterList { get; init; }

    /// <summary>In the place of what the benchmark does to the right answer.</summary>
    public IReadOnlyList<AnswerFilter>? TargetFilter { get; init; }

    /// <summary>SHA-256 of the file of examples (<see cref="BenchmarkSettings.FewshotText"/>) as it stands in the prompt; null where it is
    /// not known.</summary>
    public string? FewshotSha256 { get; init; }
}

/// <summary>Layouts of published files.</summary>
public enum DocumentFormat
{
    /// <summary>JSON lines with <c>question.stem</c>, <c>question.choices</c> and <c>answerKey</c>: ARC, CommonsenseQA.</summary>
    [JsonStringEnumMemberName("question_choices")]
    QuestionChoices,

    /// <summary>HellaSwag: <c>activity_label</c>, <c>ctx_a</c>, <c>ctx_b</c>, <c>endings</c>, <c>label</c>.</summary>
    [JsonStringEnumMemberName("hellaswag")]
    HellaSwag,

    /// <summary>HellaSwag as OpenCompass has it: <c>query</c>, <c>choices</c>, <c>gold</c>; the context is what follows the first
    /// colon.</summary>
    [JsonStringEnumMemberName("hellaswag_query")]
    HellaSwagQuery,

    /// <summary>WinoGrande: <c>sentence</c> with <c>_</c>, two options, <c>answer</c> 1 or 2.</summary>
    [JsonStringEnumMemberName("winogrande")]
    WinoGrande,

    /// <summary>RACE with a document for each article: its last question, the others answered before it.</summary>
    [JsonStringEnumMemberName("race_articles")]
    RaceArticles,

    /// <summary>RACE with a document for each question.</summary>
    [JsonStringEnumMemberName("race_questions")]
    RaceQuestions,

    /// <summary>A table without header: question, A, B, C, D, letter.</summary>
    [JsonStringEnumMemberName("mmlu")]
    Mmlu,

    /// <summary>A table with the columns id, question, A, B, C, D, answer.</summary>
    [JsonStringEnumMemberName("ceval")]
    CEval,

    /// <summary>BIG-Bench Hard: <c>examples</c> with <c>input</c> and <c>target</c>.</summary>
    [JsonStringEnumMemberName("bbh")]
    Bbh,

    /// <summary>GSM8K: <c>question</c> and <c>answer</c>, which ends with <c>#### n</c>.</summary>
    [JsonStringEnumMemberName("gsm8k")]
    Gsm8k,

    /// <summary>The same with the parts of the answer: <c>reasoning</c> without the calculator's notes, and <c>result</c> without
    /// commas.</summary>
    [JsonStringEnumMemberName("gsm8k_parts")]
    Gsm8kParts,

    /// <summary>HumanEval: <c>prompt</c>, <c>entry_point</c>, <c>test</c>.</summary>
    [JsonStringEnumMemberName("humaneval")]
    HumanEval,

    /// <summary>C3: a list of texts, questions with two to four choices, and an id.</summary>
    [JsonStringEnumMemberName("c3")]
    C3,

    /// <summary>The same, with the first choice repeated up to four.</summary>
    [JsonStringEnumMemberName("c3_padded")]
    C3Padded,
}

/// <summary>What a model does for a document.</summary>
public enum OutputType
{
    /// <summary>Gives the log-likelihood of each choice.</summary>
    MultipleChoice,

    /// <summary>Writes a response.</summary>
    GenerateUntil,
}

/// <summary>Which examples stand before a document.</summary>
public enum FewshotSampler
{
    /// <summary>Drawn for each document by <c>random.Random(1234).sample</c>, as lm-eval draws them by default.</summary>
    Seeded,

    /// <summary>The first ones of their file.</summary>
    FirstN,
}

/// <summary>What is reported of a task.</summary>
public enum BenchmarkMetric
{
    /// <summary>Share of documents whose most likely choice is right; of equally likely ones the first counts.</summary>
    Acc,

    /// <summary>The same with log-likelihoods per character of the choice.</summary>
    AccNorm,

    /// <summary>The same per byte of UTF-8.</summary>
    AccBytes,

    /// <summary>Share of answers that equal the target.</summary>
    ExactMatch,

    /// <summary>Share of programs that pass their tests, for one try.</summary>
    [JsonStringEnumMemberName("pass@1")]
    PassAt1,
}

/// <summary>How a response is generated.</summary>
public sealed record GenerationRequest
{
    /// <summary>Texts that end a response and are no part of it.</summary>
    public required IReadOnlyList<string> Until { get; init; }

    /// <summary>Most new tokens; null for lm-eval's default, see <see cref="BenchmarkReading.NewTokens"/>.</summary>
    [AtLeast(1)]
    public int? MaxGenToks { get; init; }

    /// <summary>Whether tokens are drawn; otherwise the best one is taken.</summary>
    public bool DoSample { get; init; }

    /// <summary>As the task file writes it: part of the request and of its hash.</summary>
    [AtLeast(0)]
    public double? Temperature { get; init; }
}

/// <summary>What <c>exact_match</c> does to answer and target before it compares them.</summary>
public sealed record ExactMatchSettings
{
    /// <summary>Regular expressions that are removed one after another.</summary>
    public IReadOnlyList<string> RegexesToIgnore { get; init; } = [];

    /// <summary>Whether small and capital letters are the same.</summary>
    public bool IgnoreCase { get; init; }

    /// <summary>Whether a number equals a right answer that is a whole number and less than a millionth away, as 18.0 equals 18.</summary>
    public bool Numeric { get; init; }
}
