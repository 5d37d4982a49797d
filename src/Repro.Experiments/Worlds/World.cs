using System.Globalization;
using Repro.Core;
using Repro.Core.Batching;
using Repro.Core.Randomness;

namespace Repro.Experiments.Worlds;

/// <summary>
/// A made-up language whose truth is known: a prompt asks for some things that have an attribute ("five that are green"), a response names
/// things. Each of the 64 things has one of eight colours and one of eight kinds; which token stands for which thing is drawn from the
/// seed. A token of a response is right when the thing has the asked attribute and was not named before.
/// </summary>
/// <remarks>
/// The unseen domains ask for two colours that no training prompt asks for, or ask in a word order that none has. All kinds are asked for
/// in training, so that every thing is right somewhere in the seen domain: if the right things of the unseen domain were always wrong in
/// the seen one, any reward model would fall below chance outside, and the world would manufacture "does not generalise".
/// <para>A second capability, copying four tokens, is trained into every base model and rewarded by nothing.</para>
/// </remarks>
internal sealed class World
{
    /// <summary>Enters the keys of cells: another meaning of a token or prompt is another version.</summary>
    public const string Version = "world 1: 8 colours x 8 kinds, 5 or 6 things asked, 4 styles";

    public const int Pad = 0;
    public const int End = 1;
    public const int VocabularySize = FirstStyle + 5;

    /// <summary>Values of each of the two relations.</summary>
    public const int ValuesPerRelation = 8;

    /// <summary>Attributes that can be asked for: eight colours, then eight kinds.</summary>
    public const int Attributes = 2 * ValuesPerRelation;

    public const int Things = ValuesPerRelation * ValuesPerRelation;

    /// <summary>Most tokens of a response, its end included.</summary>
    public const int LongestResponse = 11;

    /// <summary>Tokens that the copying task repeats.</summary>
    public const int CopiedTokens = 4;

    private const int Separator = 2;
    private const int List = 3;
    private const int Copy = 4;
    private const int FirstCount = 5;
    private const int LeastAsked = 5;
    private const int FirstAttribute = 7;
    private const int FirstThing = FirstAttribute + Attributes;
    private const int FirstStyle = FirstThing + Things;
    private const int PoliteOpening = FirstStyle;
    private const int WordyOpening = FirstStyle + 1;
    private const int And = FirstStyle + 2;
    private const int Comma = FirstStyle + 3;
    private const int Closing = FirstStyle + 4;
    private const int Formats = 3;
    private const int SeenFormats = 2;
    private const int SeenColours = 6;

    private readonly int[] _thingOf;
    private readonly (int[] With, int[] Without)[] _things;

    /// <summary>The world of a seed.</summary>
    /// <param name="seed">Any number.</param>
    public World(long seed)
    {
        Streams = new RandomStreams(seed);
        _thingOf = Permutation.Draw(Things, Streams.For("world"), 0);
        int[] Tokens(int attribute, bool has) =>
            [.. Enumerable.Range(FirstThing, Things).Where(token => Has(token, attribute) == has)];
        _things = [.. Enumerable.Range(0, Attributes).Select(attribute => (Tokens(attribute, true), Tokens(attribute, false)))];
    }

    /// <summary>Random numbers of the world, by the name of what they are for.</summary>
    public RandomStreams Streams { get; }

    /// <summary>Whether training may ask it: not for the last two colours, not in the last word order.</summary>
    public static bool IsSeen(WorldPrompt prompt) => IsSeenAttribute(prompt.Attribute) && prompt.Format < SeenFormats;

    /// <summary>Every prompt of a domain.</summary>
    public static IReadOnlyList<WorldPrompt> Prompts(WorldDomain domain) =>
    [
        .. from attribute in Enumerable.Range(0, Attributes)
           from asked in new[] { LeastAsked, LeastAsked + 1 }
           from format in Enumerable.Range(0, Formats)
           let prompt = new WorldPrompt(attribute, asked, format)
           where domain switch
           {
               WorldDomain.Seen => IsSeen(prompt),
               WorldDomain.UnseenAttribute => !IsSeenAttribute(attribute) && format < SeenFormats,
               WorldDomain.UnseenFormat => IsSeenAttribute(attribute) && format >= SeenFormats,
               _ => true,
           }
           select prompt,
    ];

    /// <summary>Prompts of a domain in random order, each as often as any other but for one.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="count">How many.</param>
    /// <param name="purpose">Names the order.</param>
    public IReadOnlyList<WorldPrompt> Draw(WorldDomain domain, int count, string purpose)
    {
        var all = Prompts(domain);
        var random = Random(purpose);
        var drawn = Enumerable.Range(0, count).Select(number => all[number % all.Count]).ToArray();
        random.Shuffle<WorldPrompt>(drawn);
        return drawn;
    }

    /// <summary>A generator that depends on the seed of the world and on what it is for.</summary>
    public Xoshiro256 Random(string purpose, long item = 0) => new(unchecked((ulong)Streams.For(purpose, 0, item)));

    /// <summary>Token ids of a prompt, from the task to the separator.</summary>
    public static int[] Ids(WorldPrompt prompt)
    {
        var (attribute, count) = (FirstAttribute + prompt.Attribute, FirstCount + prompt.Asked - LeastAsked);
        return prompt.Format switch
        {
            0 => [List, count, attribute, Separator],
            1 => [List, attribute, count, Separator],
            _ => [attribute, List, count, Separator],
        };
    }

    /// <summary>The prompt of token ids; what follows the separator is not read.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static WorldPrompt PromptOf(IReadOnlyList<long> ids)
    {
        var attribute = ids.FirstOrDefault(id => id is >= FirstAttribute and < FirstThing, -1);
        var count = ids.FirstOrDefault(id => id is >= FirstCount and < FirstAttribute, -1);
        return attribute < 0 || count < 0
            ? throw new ArgumentException("These ids are no prompt that asks for things.", nameof(ids))
            : new WorldPrompt((int)attribute - FirstAttribute, (int)count - FirstCount + LeastAsked, FormatOf(ids, count));
    }

    /// <summary>Token ids as a text: numbers with blanks between them.</summary>
    public static string Text(IEnumerable<int> ids) => InvariantText.Join(" ", ids);

    /// <summary>The token ids of such a text.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static long[] IdsOf(string text) =>
    [
        .. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < VocabularySize ? (long)id
                : throw new FormatException(
                    Invariant($"'{word}' is no token id; ids from 0 to {VocabularySize - 1} with blanks between them were expected"))),
    ];

    private static int FormatOf(IReadOnlyList<long> ids, long count) => ids[0] != List ? 2 : ids[1] == count ? 0 : 1;

    /// <summary>Tokens of a prompt with its separator: where a response begins.</summary>
    public static int PromptLength => 4;

    /// <summary>Whether a thing has an attribute.</summary>
    /// <param name="token">Token id of a thing.</param>
    /// <param name="attribute">From 0: colours, then kinds.</param>
    public bool Has(int token, int attribute)
    {
        var thing = _thingOf[token - FirstThing];
        return attribute < ValuesPerRelation ? thing / ValuesPerRelation == attribute
            : thing % ValuesPerRelation == attribute - ValuesPerRelation;
    }

    /// <summary>Token ids of the things with an attribute, or of all others.</summary>
    public IReadOnlyList<int> ThingsWith(int attribute, bool has = true) => has ? _things[attribute].With : _things[attribute].Without;

    /// <summary>Whether an id stands for a thing.</summary>
    public static bool IsThing(long id) => id is >= FirstThing and < FirstStyle;

    /// <summary>
    /// The true value of each token of a response: 1 for a right thing, -1 for a wrong or repeated one and for what is no word of a
    /// response, 0 for words of style and the end.
    /// </summary>
    public int[] Values(WorldPrompt prompt, IReadOnlyList<long> response)
    {
        var named = new HashSet<long>();
        bool IsRight(long id) => IsThing(id) && Has((int)id, prompt.Attribute) && named.Add(id);
        return [.. response.Select(id => id is End or >= FirstStyle ? 0 : IsRight(id) ? 1 : -1)];
    }

    /// <summary>The true quality of a response, from 0 to 1: right things over those asked for, or over those named where these are
    /// more.</summary>
    public double Quality(WorldPrompt prompt, IReadOnlyList<long> response)
    {
        var values = Values(prompt, response);
        return (double)values.Count(value => value > 0) / Math.Max(prompt.Asked, values.Count(value => value != 0));
    }

    /// <summary>Token ids of a response that names things in a style, with its end.</summary>
    public static int[] Response(IReadOnlyList<int> things, WorldStyle style)
    {
        IEnumerable<int> body = style switch
        {
            WorldStyle.Bare => things,
            WorldStyle.Polite => things.Prepend(PoliteOpening),
            WorldStyle.Joined => [.. things.SkipLast(1), And, things[^1]],
            WorldStyle.Wordy => [WordyOpening, .. things.SkipLast(1), Comma, things[^1], Closing],
            _ => throw new ArgumentOutOfRangeException(nameof(style), style, "Not a style."),
        };
        return [.. body, End];
    }

    /// <summary>A text of the copying task: prompt and what is to be written, which alone carries loss.</summary>
    public static TokenRow CopyRow(Xoshiro256 random)
    {
        var tokens = Enumerable.Range(0, CopiedTokens).Select(_ => FirstThing + random.NextInt32(Things)).ToArray();
        int[] ids = [Copy, .. tokens, Separator, .. tokens, End];
        return new TokenRow(ids, [.. ids.Select((_, place) => place > CopiedTokens + 1)]);
    }

    /// <summary>Prompt and response as one text, of which the response carries loss.</summary>
    public static TokenRow Row(WorldPrompt prompt, IReadOnlyList<int> response)
    {
        int[] ids = [.. Ids(prompt), .. response];
        return new TokenRow(ids, [.. ids.Select((_, place) => place >= PromptLength)]);
    }

    private static bool IsSeenAttribute(int attribute) => attribute is < SeenColours or >= ValuesPerRelation;
}

/// <summary>A question of the world.</summary>
/// <param name="Attribute">From 0: colours, then kinds.</param>
/// <param name="Asked">Things asked for.</param>
/// <param name="Format">Order of its words.</param>
internal sealed record WorldPrompt(int Attribute, int Asked, int Format);

/// <summary>Which prompts.</summary>
internal enum WorldDomain
{
    /// <summary>Those of training.</summary>
    Seen,

    /// <summary>Colours that training never asks for.</summary>
    UnseenAttribute,

    /// <summary>A word order that training never has.</summary>
    UnseenFormat,

    /// <summary>All, for the base model alone.</summary>
    All,
}

/// <summary>Styles of a response; none changes its quality.</summary>
internal enum WorldStyle
{
    /// <summary>Things alone.</summary>
    Bare,

    /// <summary>An opening word before them.</summary>
    Polite,

    /// <summary>A word before the last.</summary>
    Joined,

    /// <summary>Opening, comma and closing.</summary>
    Wordy,
}

/// <summary>
/// Writes responses with given shares of right and wrong things so that each thing comes up wrong in a fixed proportion to how often it
/// comes up right: no token by itself tells a good response from a bad one.
/// </summary>
/// <param name="world">The world.</param>
/// <param name="random">What is drawn from.</param>
/// <param name="wrongPerRight">How often a thing is to be wrong for each time that it is right.</param>
internal sealed class BalancedWriter(World world, Xoshiro256 random, double wrongPerRight = 1)
{
    private readonly double[] _missing = new double[World.VocabularySize];

    /// <summary>Things to name, in order; none twice.</summary>
    /// <param name="prompt">The question.</param>
    /// <param name="right">For each place whether a right thing stands there.</param>
    public int[] Things(WorldPrompt prompt, IReadOnlyList<bool> right)
    {
        var good = world.ThingsWith(prompt.Attribute).ToArray();
        random.Shuffle<int>(good);
        var chosen = new List<int>();
        foreach (var isRight in right)
        {
            var token = isRight ? good.First(thing => !chosen.Contains(thing)) : MostMissing(prompt.Attribute, chosen);
            _missing[token] += isRight ? wrongPerRight : -1;
            chosen.Add(token);
        }

        return [.. chosen];
    }

    private int MostMissing(int attribute, List<int> chosen)
    {
        int[] wrong = [.. world.ThingsWith(attribute, has: false).Where(thing => !chosen.Contains(thing))];
        random.Shuffle<int>(wrong);
        return wrong.MaxBy(thing => _missing[thing]);
    }
}

/// <summary>Pairs of responses with known wrong tokens.</summary>
internal static class WorldPairs
{
    /// <summary>Draws pairs of equal length and style.</summary>
    /// <param name="world">The world.</param>
    /// <param name="count">How many.</param>
    /// <param name="misplaced">Share of wrong things in the better response, and of right ones in the worse; below 0.5.</param>
    /// <param name="purpose">Names the draw.</param>
    public static IReadOnlyList<WorldPair> Draw(World world, int count, double misplaced, string purpose)
    {
        var random = world.Random(purpose);
        var writer = new BalancedWriter(world, random);
        var pairs = new List<WorldPair>();
        foreach (var prompt in world.Draw(WorldDomain.Seen, count, purpose + " prompts"))
        {
            var (better, worse) = Places(prompt.Asked, misplaced, random);
            var style = (WorldStyle)random.NextInt32(4);
            pairs.Add(new WorldPair(
                prompt, World.Response(writer.Things(prompt, better), style), World.Response(writer.Things(prompt, worse), style)));
        }

        return pairs;
    }

    // The condition treats both sides alike, so that right and wrong things stay equally frequent.
    private static (bool[] Better, bool[] Worse) Places(int asked, double misplaced, Xoshiro256 random)
    {
        while (true)
        {
            bool[] better = [.. Enumerable.Range(0, asked).Select(_ => random.NextDouble() >= misplaced)];
            bool[] worse = [.. Enumerable.Range(0, asked).Select(_ => random.NextDouble() < misplaced)];
            if (better.Count(right => right) > worse.Count(right => right))
            {
                return (better, worse);
            }
        }
    }
}

/// <summary>Two responses to a prompt, the first truly better.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Better">Token ids of the better response.</param>
/// <param name="Worse">Token ids of the worse response.</param>
internal sealed record WorldPair(WorldPrompt Prompt, int[] Better, int[] Worse)
{
    /// <summary>The pair as trainers read it.</summary>
    public TokenPair Tokens => new(World.Row(Prompt, Better), World.Row(Prompt, Worse));
}
