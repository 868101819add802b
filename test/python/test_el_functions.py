"""One small table for each group of functions; the goldens hold the breadth."""

from __future__ import annotations

import pytest

from nifi_converter.expression_language import ELError, ExpressionError, evaluate, parse_value
from nifi_converter.expression_language.functions import FUNCTIONS, MULTI

NOW = 1_709_820_309_123
ERROR = "an error"

TEXT = [
    ("${x:toUpper()}", "straße", "STRASSE"),
    ("${x:toLower()}", "ÀB", "àb"),
    ("${x:trim()}", "\t a \n", "a"),
    ("${x:append('b')}${x:prepend('c')}", None, "bc"),
    ("${x:substring(1,3)}", "abcd", "bc"),
    ("${x:substring(3,1)}", "abcd", ""),
    ("${x:substring(2)}", "a😀b", "\ude00b"),
    ("${x:substringBefore('.')}|${x:substringBeforeLast('.')}", "a.b.c", "a|a.b"),
    ("${x:substringAfter('.')}|${x:substringAfterLast('.')}", "a.b.c", "b.c|c"),
    ("${x:substringAfter('-')}", "a.b", "a.b"),
    ("${x:substringBeforeLast(${nope})}", "a", ERROR),
    ("${x:replace('$','')}", "$1", "1"),
    ("${x:replace('a',${nope})}", "a", ERROR),
    ("${x:replaceFirst('(a)(b)','$2$1')}", "abab", "baab"),
    ("${x:replaceAll('\\\\d+','<$0>')}", "a12b3", "a<12>b<3>"),
    ("${x:replaceAll('o','$9')}", "o", ERROR),
    ("${x:replaceNull('d')}|${x:replaceEmpty('d')}", " ", " |d"),
    ("${x:padLeft(5,'ab')}|${x:padRight(4)}", "x", "ababx|x___"),
    ("${x:repeat(2)}", "ab", "abab"),
    ("${x:repeat(0)}", "ab", ERROR),
    ("${x:getDelimitedField(2)}", '"a,b",c', "c"),
    ("${x:getDelimitedField(1,',','\"','\\\\',true)}", '"a,b",c', "a,b"),
    ("${x:toString()}", "a", "a"),
    ("${x:evaluateELString()}", "${y:toUpper()}", "Y"),
    ("${x:ifElse('T','F')}", " TRUE ", "T"),
    ("${x:join('-')}", "a", "a"),
    ("${literal('a\\\\b'):length()}", "", "3"),
]
ENCODED = [
    ("${x:urlEncode()}", "a b/ż~*", "a+b%2F%C5%BC%7E*"),
    ("${x:urlDecode()}", "a+b%2F", "a b/"),
    ("${x:urlDecode()}", "%zz", ERROR),
    ("${x:base64Encode()}", "ż", "xbw="),
    ("${x:base64Decode()}", "xbw=", "ż"),
    ("${x:base64Decode()}", "xb\nw=", ERROR),
    ("${x:hash('md5')}", "", "d41d8cd98f00b204e9800998ecf8427e"),
    ("${x:hash('MD2')}", "abc", "da853b0d3f88d99b30283a69e6ded6bb"),
    ("${x:hash('nope')}", "", ERROR),
    ("${x:UUID3('6ba7b810-9dad-11d1-80b4-00c04fd430c8')}", "example.com", "9073926b-929f-31c2-abc9-fad77ae3e8eb"),
    ("${x:UUID5('6ba7b810-9dad-11d1-80b4-00c04fd430c8')}", "example.com", "cfbff0d1-9375-5685-968c-48ce8b15ae17"),
    ("${x:escapeJson()}", 'a/"\n€', 'a\\/\\"\\n\\u20AC'),
    ("${x:unescapeJson()}", "\\u20AC\\n", "€\n"),
    ("${x:escapeXml()}", "<'\x01>", "&lt;&apos;&gt;"),
    ("${x:unescapeXml()}", "&lt;&#65;&nope;", "<A&nope;"),
    ("${x:escapeCsv()}", 'a,"b"', '"a,""b"""'),
    ("${x:unescapeCsv()}", '"a,""b"""', 'a,"b"'),
    ("${x:escapeHtml3()}${x:escapeHtml4()}", "é€'", "&eacute;€'&eacute;&euro;'"),
    ("${x:unescapeHtml3()}${x:unescapeHtml4()}", "&eacute;&euro;", "é&euro;é€"),
]
LOGIC = [
    ("${x:isNull()}${x:notNull()}${x:isEmpty()}", None, "truefalsetrue"),
    ("${x:isEmpty():not()}", "a", "true"),
    ("${x:not()}", None, ERROR),
    ("${x:and(true)}|${x:or(false)}", "true", "true|true"),
    ("${x:equals('a')}${x:equalsIgnoreCase('A')}", "a", "truetrue"),
    ("${x:equals(1)}", "1", "true"),
    ("${x:equalsIgnoreCase('ss')}", "ß", "false"),
    ("${x:in('a','b')}", "b", "true"),
    ("${x:startsWith('a')}${x:endsWith('c')}${x:contains(${nope})}", "abc", "truetruefalse"),
    ("${x:matches('a.*')}${x:find('^b')}", "ab", "truefalse"),
    ("${x:gt(10)}${x:ge(10)}${x:lt(11)}${x:le(10)}", "10.5", "truetruetruefalse"),
    ("${x:gt(1)}", "abc", "false"),
    ("${x:isJson()}", '{"a":1}', "true"),
]
NUMBERS = [
    ("${x:length()}", "😀", "2"),
    ("${x:indexOf('b')}|${x:lastIndexOf('b')}|${x:indexOf('z')}", "abab", "1|3|-1"),
    ("${x:toNumber()}", "-2.5", "-2"),
    ("${x:toNumber()}", "0x1F", "31"),
    ("${x:toNumber()}", "9223372036854775808", ERROR),
    ("${x:toDecimal()}", "1e3", ""),
    ("${x:toDecimal()}", "12345678.9", "1.23456789E7"),
    ("${x:plus(1)}", "9223372036854775807", "-9223372036854775808"),
    ("${x:minus(1)}|${x:multiply(2)}", "2.5", "1.5|5.0"),
    ("${x:divide(2)}|${x:mod(4)}", "-7", "-3|-3"),
    ("${x:divide(0)}", "1", ERROR),
    ("${x:toDecimal():divide(0)}", "1", "Infinity"),
    ("${x:math('abs')}|${x:toDecimal():math('sqrt')}", "9", "9|3.0"),
    ("${x:math('sqrt')}", "9", ERROR),
    ("${x:toRadix(16,4)}|${x:toRadix(2)}", "5", "0005|101"),
    ("${x:fromRadix(16)}", "ff", "255"),
    ("${x:fromRadix(2)}", "2", ERROR),
    ("${x:count()}", "a", "1"),
    ("${x:toInstant():toMicros()}|${x:toInstant():toNanos()}", "1", "1000|1000000"),
]
DATES = [
    ("${now():toNumber()}", None, str(NOW)),
    ("${now()}", None, "Thu Mar 07 14:05:09 UTC 2024"),
    ("${x:format('yyyy-MM-dd HH:mm','Asia/Tokyo')}", str(NOW), "2024-03-07 23:05"),
    ("${x:format('yyyy')}", "abc", ERROR),
    ("${x:toDate('yyyy-MM-dd'):format('dd.MM.yyyy')}", "2024-02-30", "01.03.2024"),
    ("${x:toDate('yyyy-MM-dd')}", "", ERROR),
    ("${x:toDate():toNumber()}", "abc", ""),
    ("${x:toInstant('yyyy-MM-dd HH:mm:ss','America/New_York')}", "2024-03-07 14:05:09", "2024-03-07T19:05:09Z"),
    ("${x:formatInstant('HH:mm:ss.SSS','UTC')}", str(NOW), "14:05:09.123"),
]
DATES_2 = [
    ("${x:toDate('yyyy-MM-dd'):format('dd.MM.yyyy')}", "2024-02-30", "29.02.2024"),
    ("${x:toDate('yyyy-MM-dd')}", "2024-03-07x", ERROR),
    ("${x:toDate('yyyy-MM-dd'):plusDuration('1 month')}", "2024-01-31", "Thu Feb 29 00:00:00 UTC 2024"),
    ("${x:toDate('yyyy-MM-dd'):minusDuration('2 days')}", "2024-03-01", "Wed Feb 28 00:00:00 UTC 2024"),
    ("${x:toInstant():plusInstantDuration('1 hour')}", "0", "1970-01-01T01:00:00Z"),
    ("${x:toInstant():minusInstantDuration('1 sec')}", "0", "1969-12-31T23:59:59Z"),
    ("${x:isValidDate('yyyy-MM-dd')}", "2024-13-01", "false"),
    ("${x:isValidInstant()}", "2024-03-07T14:05:09Z", "true"),
    ("${x:replaceByPattern('a.*:one,.*:other')}", "abc", "one"),
    ("${x:unique(',')}", "a,b,a", "a,b"),
    ("${x:compactDelimitedList(',')}", ",a,,b,", "a,b"),
    ("${x:trimDelimitedList(',')}", ",a,,b,", "a,,b"),
]
JSON = [
    ("${x:jsonPath('$.a.b[0]')}", '{"a":{"b":["ż"]}}', "ż"),
    ("${x:jsonPath('$..id')}", '[{"id":1},{"id":2}]', "[1,2]"),
    ("${x:jsonPath('$.items[?(@.n>1)].n')}", '{"items":[{"n":1},{"n":2}]}', "2"),
    ("${x:jsonPath('$.nope')}", "{}", ""),
    ("${x:jsonPath('$.a')}", "", ERROR),
    ("${x:jsonPath('$[')}", "{}", ERROR),
    ("${x:jsonPathSet('$.a',1.50)}", '{"a":0,"b":"é"}', '{"a":1.5,"b":"é"}'),
    ("${x:jsonPathAdd('$.a','c')}", '{"a":["b"]}', '{"a":["b","c"]}'),
    ("${x:jsonPathPut('$','k',true)}", "{}", '{"k":"true"}'),
    ("${x:jsonPathDelete('$.a')}", '{"a":1,"b":2}', '{"b":2}'),
]
MANY = [
    ("${anyAttribute('x','y'):equals('y')}", "a", "true"),
    ("${allAttributes('x','y'):isEmpty()}", "", "false"),
    ("${anyMatchingAttribute('[xy]'):contains('a')}", "a", "true"),
    ("${allMatchingAttributes('[xy]'):join('+')}", "a", "y+a"),
    ("${anyDelineatedValue(${x},','):equals('b')}", "a,b", "true"),
    ("${allDelineatedValues(${x},','):count()}", "a,,b", "3"),
    ("${allAttributes('x'):toUpper()}", "a", ERROR),
    ("${allAttributes('x'):count():plus(1)}", "a", ERROR),
]
ENVIRONMENT = [
    ("${getStateValue('k'):plus(1)}", None, "6"),
    ("${getUri('https',null,'h',8080,'/a b','q=1',null)}", None, "https://h:8080/a%20b?q=1"),
    ("${getUri('http',null,'h','x','/p',null,null)}", None, ERROR),
    ("${UUID():length()}", None, "36"),
    ("${ip():matches('[0-9.:a-f]+')}", None, "true"),
    ("${hostname():isEmpty()}${hostname(true):isEmpty()}${thread():isEmpty()}", None, "falsefalsefalse"),
    ("${random():ge(0)}${nextInt():ge(0)}", None, "truetrue"),
]


def cases(table, version):
    return [pytest.param(e, x, r, version, id=f"{e[:60]}-{version}") for e, x, r in table]


@pytest.mark.parametrize(
    "expression, x, result, version",
    cases(TEXT + ENCODED + LOGIC + NUMBERS + DATES + JSON + MANY + ENVIRONMENT, "1.28.1") + cases(DATES_2, "2.11.0"),
)
def test_function(expression, x, result, version):
    attributes = {"y": "y"} if x is None else {"y": "y", "x": x}
    try:
        got = evaluate(parse_value(expression, nifi_version=version), attributes, state={"k": "5"}, now=NOW)
    except (ELError, ExpressionError):
        got = ERROR
    assert got == result


def test_every_function_has_a_row():
    tables = TEXT + ENCODED + LOGIC + NUMBERS + DATES + DATES_2 + JSON + MANY + ENVIRONMENT
    text = " ".join(row[0] for row in tables)
    missing = [name for name in [*FUNCTIONS, *MULTI] if f"{name}(" not in text]
    assert missing == []
