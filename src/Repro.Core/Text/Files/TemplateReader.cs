namespace Repro.Core.Text.Files;

/// <summary>Reads the part of a TemplateProcessing component that concerns single texts.</summary>
internal static class TemplateReader
{
    /// <summary>Ids before and after the text.</summary>
    public static PostProcessor Read(JsonFields fields)
    {
        var before = new List<int>();
        var after = new List<int>();
        bool seenText = false;
        foreach (JsonFields item in fields.Children("single"))
        {
            if (item.Has("Sequence"))
            {
                if (seenText)
                {
                    throw new ReproException($"{item.Where}: the text stands in the template twice.");
                }

                seenText = true;
                continue;
            }

            string name = item.Child("SpecialToken").Text("id");
            JsonFields token = fields.Child("special_tokens").Child(name);
            (seenText ? after : before).AddRange(token.Numbers("ids"));
        }

        return seenText
            ? new PostProcessor(before, after, false, false, fields.Json)
            : throw fields.Wrong("single", "a template that holds the text");
    }
}
