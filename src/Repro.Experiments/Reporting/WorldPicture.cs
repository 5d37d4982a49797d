using Repro.Experiments.Worlds;

namespace Repro.Experiments.Reporting;

/// <summary>The world in a picture: a pair of responses as DPO is trained on it, with the true value of each token, the planted token
/// rewards and what adaptive masks keep.</summary>
/// <param name="html">The page.</param>
internal sealed class WorldPicture(Html html)
{
    private const long Seed = 1;
    private const double Misplaced = 0.25;
    private const double Noise = 0.5;
    private const int Box = 62;
    private const int RowHeight = 30;
    private const int Left = 96;

    internal void Write()
    {
        var world = new World(Seed);
        var pair = WorldPairs.Draw(world, 8, Misplaced, "picture").First(one => Wrong(world, one) > 0);
        var rewards = new PlantedTokenRewards(world, Noise);
        html.Raw("<figure class=\"wide\" id=\"world-picture\">");
        html.Element("h3", "The world in a picture");
        var title = Invariant($"A prompt that asks for {pair.Prompt.Asked} things with attribute {pair.Prompt.Attribute}, ")
            + "and two responses to it";
        var columns = Math.Max(pair.Better.Length, pair.Worse.Length);
        html.Raw(Invariant($"<svg viewBox=\"0 0 {Left + (Box * columns)} {9 * RowHeight}\" role=\"img\" class=\"world\"")
            + Html.Attribute("aria-label", title) + ">");
        Response(world, pair.Prompt, pair.Better, rewards, "better", 0, preferred: true);
        Response(world, pair.Prompt, pair.Worse, rewards, "worse", 5 * RowHeight, preferred: false);
        html.Raw("</svg>");
        html.Element("figcaption", $"{title}. Each token stands for a thing with a colour and a kind. Its true value is + where the "
            + "thing has "
            + "what is asked and was not named before, - where not, 0 for words of style and the end. The better response holds "
            + "wrong tokens "
            + "and the worse one right ones: what plain DPO cannot tell apart. Planted token rewards are the true values with noise "
            + Invariant($"{Noise}; an adaptive mask keeps tokens above 0 of the better response and below 0 of the worse one (filled)."));
        html.Raw("</figure>");
    }

    private static int Wrong(World world, WorldPair pair) => Values(world, pair.Prompt, pair.Better).Count(value => value < 0);

    private static int[] Values(World world, WorldPrompt prompt, int[] response) =>
        world.Values(prompt, [.. response.Select(id => (long)id)]);

    private void Response(
        World world, WorldPrompt prompt, int[] response, PlantedTokenRewards rewards, string name, int top, bool preferred)
    {
        long[] ids = [.. World.Ids(prompt).Select(id => (long)id), .. response.Select(id => (long)id)];
        var planted = rewards.OfText(ids)[World.PromptLength..];
        var values = Values(world, prompt, response);
        foreach (var (row, label) in new[] { $"{name}: token", "true value", "reward", "mask" }.Index())
        {
            Text(0, top + (row * RowHeight), label, "start");
        }

        for (var place = 0; place < response.Length; place++)
        {
            var x = Left + (place * Box);
            var kept = preferred ? planted[place] > 0 : planted[place] < 0;
            var id = response[place];
            Cell(x, top, World.IsThing(id) ? Invariant($"#{id}") : id == World.End ? "end" : "style", "token");
            Cell(x, top + RowHeight, values[place] switch { > 0 => "+", < 0 => "-", _ => "0" },
                values[place] switch { > 0 => "right", < 0 => "wrong", _ => "token" });
            Cell(x, top + (2 * RowHeight), Invariant($"{planted[place]:+0.0;-0.0;0.0}"), "token");
            Cell(x, top + (3 * RowHeight), kept ? "kept" : "left out", kept ? "kept" : "token");
        }
    }

    private void Cell(int x, int y, string text, string kind)
    {
        html.Raw(Invariant($"<rect x=\"{x}\" y=\"{y}\" width=\"{Box - 3}\" height=\"{RowHeight - 3}\" rx=\"3\" class=\"{kind}\"/>"));
        Text(x + ((Box - 3) / 2), y, text, "middle");
    }

    private void Text(int x, int y, string text, string anchor) =>
        html.Raw(Invariant($"<text x=\"{x}\" y=\"{y + 18}\" text-anchor=\"{anchor}\">")).Text(text).Raw("</text>");
}
