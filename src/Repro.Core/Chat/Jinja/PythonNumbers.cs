using System.Globalization;
using System.Text;

namespace Repro.Core.Chat.Jinja;

/// <summary>Arithmetic as Python has it.</summary>
internal static class PythonNumbers
{
    internal static object Calculate(string name, object left, object right)
    {
        if (left is not double && right is not double && name != "/")
        {
            var (a, b) = (JinjaValues.Whole(left), JinjaValues.Whole(right));
            return checked(name switch
            {
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "//" => b == 0 ? throw new JinjaRefusal("division by 0") : (object)FloorDivide(a, b),
                "%" => b == 0 ? throw new JinjaRefusal("division by 0") : b == -1 ? 0L : a - (FloorDivide(a, b) * b),
                _ => Power(a, b),
            });
        }

        var (x, y) = (JinjaValues.Float(left), JinjaValues.Float(right));
        return name switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "**" => Math.Pow(x, y),
            _ when y == 0 => throw new JinjaRefusal("division by 0"),
            "/" => x / y,
            "//" => Math.Floor(x / y),
            _ => x - (Math.Floor(x / y) * y),
        };
    }

    private static long FloorDivide(long a, long b)
    {
        var quotient = checked(a / b);
        return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
    }

    private static object Power(long number, long power)
    {
        if (power < 0)
        {
            return Math.Pow(number, power);
        }

        var result = System.Numerics.BigInteger.One;
        for (var i = 0L; i < power && number is not (0 or 1 or -1); i++)
        {
            result *= number;
            if (System.Numerics.BigInteger.Abs(result) > long.MaxValue)
            {
                throw new OverflowException();
            }
        }

        return number switch
        {
            0 => power == 0 ? 1L : 0L,
            1 => 1L,
            -1 => power % 2 == 0 ? 1L : -1L,
            _ => (long)result,
        };
    }
}

/// <summary>Times as Python's <c>strftime</c> writes them, in English.</summary>
internal static class PythonTime
{
    internal static string Format(DateTime time, string format)
    {
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            text.Append(format[i] == '%' && i + 1 < format.Length ? Field(time, format[++i]) : format[i].ToString());
        }

        return text.ToString();
    }

    private static string Field(DateTime time, char field)
    {
        var pattern = field switch
        {
            'd' => "dd",
            'm' => "MM",
            'Y' => "yyyy",
            'y' => "yy",
            'b' => "MMM",
            'B' => "MMMM",
            'a' => "ddd",
            'A' => "dddd",
            'H' => "HH",
            'I' => "hh",
            'M' => "mm",
            'S' => "ss",
            'p' => "tt",
            '%' => "%%",
            _ => throw new JinjaRefusal($"strftime_now: '%{field}' is not supported"),
        };
        return field == '%' ? "%" : time.ToString(pattern, CultureInfo.InvariantCulture);
    }
}
