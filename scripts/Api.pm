# SPDX-License-Identifier: LGPL-2.1-or-later
# Reads the public headers: declarations and the comments above them. What is not documented, or not
# of the forms that every binding can be made for (no varargs, no structure by value, no bit-field),
# is an error. Needs perl-base alone.
package Api;
use strict;
use warnings;

my %annotations = map { $_ => 1 }
    ('out', 'inout', 'nullable', 'optional', 'transfer full', 'borrowed');
my %scalars = map { $_ => 1 } qw(int char int32_t uint32_t int64_t uint64_t size_t);
my @problems;
my $where;

sub problem { push @problems, "$where: @_" }

# The folder of headers, in the order in which vessel.h includes them. Dies with all problems.
sub read_headers {
    my ($dir) = @_;
    my $api = { functions => [], structs => [], enums => [], constants => [], handles => [] };
    my @names = ('types', grep { $_ ne 'types' } slurp("$dir/vessel.h") =~ /#include <vessel\/(\w+)\.h>/g);
    my %seen = map { $_ => 1 } @names, 'vessel';

    @problems = ();
    for my $file (glob("$dir/*.h")) {
        my ($name) = $file =~ /(\w+)\.h$/;
        $where = $file;
        problem("vessel.h does not include it") unless $seen{$name};
    }
    read_header($api, "$dir/$_.h", $_) for @names;
    check($api);
    die join("\n", @problems) . "\n" if @problems;
    return $api;
}

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or die "cannot read $file: $!\n";
    local $/;
    return scalar <$in>;
}

# ---- declarations ----

sub read_header {
    my ($api, $file, $name) = @_;
    my $text = slurp($file);
    my $doc;

    pos($text) = 0;
    while (pos($text) < length $text) {
        my $line = 1 + (substr($text, 0, pos $text) =~ tr/\n//);
        $where = "$file:$line";
        if ($text =~ /\G\s+/gc) {
            next;
        } elsif ($text =~ /\G\/\*\*(?!<)(.*?)\*\//gcs) {
            problem("the comment above belongs to nothing") if $doc;
            $doc = $1;
        } elsif ($text =~ /\G\/\*.*?\*\//gcs || $text =~ /\Gextern "C" \{/gc || $text =~ /\G\}/gc) {
            next;
        } elsif ($text =~ /\G#define[ \t]+(\w+)((?:[^\n\\]|\\\n|\\)*)\n/gc) {
            read_define($api, $name, $1, $2, $doc) and undef $doc;
        } elsif ($text =~ /\G#(?:[^\n\\]|\\\n|\\)*\n/gc) {
            next;
        } elsif ($text =~ /\Gtypedef enum (\w+) \{(.*?)\}\s*(\w+);/gcs) {
            read_enum($api, $name, $1, $2, $doc);
            undef $doc;
        } elsif ($text =~ /\Gtypedef struct (\w+) \{(.*?)\}\s*(\w+);/gcs) {
            read_struct($api, $name, $1, $2, $doc);
            undef $doc;
        } elsif ($text =~ /\Gtypedef struct (\w+) (\w+);/gc) {
            my $said = read_doc($1, $doc);
            push @{ $api->{handles} }, { name => $1, header => $name, doc => $said->{text} };
            undef $doc;
        } elsif ($text =~ /\GVESSEL_API\s+(.*?)\s*;/gcs) {
            read_function($api, $name, $1, $doc);
            undef $doc;
        } else {
            $text =~ /\G([^\n]*)\n?/gc;
            problem("cannot be read: $1");
        }
    }
}

sub read_define {
    my ($api, $header, $name, $value, $doc) = @_;

    return 0 if $name eq 'VESSEL_API' || $name =~ /_H$/;
    my $said = read_doc($name, $doc);
    my $number = $value =~ /^\s*(\d+)\s*$/ ? $1 : undef;
    push @{ $api->{constants} },
        { name => $name, header => $header, doc => $said->{text}, value => $number };
    return 1;
}

sub read_enum {
    my ($api, $header, $name, $body, $doc) = @_;
    my $said = read_doc($name, $doc);
    my @values;
    my $next = 0;

    while ($body =~ /\s*(VESSEL_\w+)\s*(?:=\s*([^,\/]+?))?\s*(,?)\s*(?:\/\*\*<(.*?)\*\/)?\s*(,?)(?=\s*VESSEL_|\s*$)/gcs) {
        my ($word, $expression, $text) = ($1, $2, clean($4));
        problem("$word is not documented") unless length $text;
        $next = value($expression, $word) if defined $expression;
        push @values, { name => $word, value => $next, word => word_of($word, $text), doc => $text };
        $next++;
    }
    pos($body) = undef;
    problem("the values of $name cannot be read") unless @values;
    problem("a value of $name was not read") if @values != (() = $body =~ /^\s*VESSEL_\w+/gm);
    push @{ $api->{enums} },
        { name => $name, header => $header, doc => $said->{text}, since => $said->{since},
          values => \@values };
}

sub value {
    my ($expression, $word) = @_;

    return $1 << $2 if $expression =~ /^(\d+) << (\d+)$/;
    return 0 + $expression if $expression =~ /^-?\d+$/;
    problem("the value of $word is no number: $expression");
    return 0;
}

# The word that JSON and the command use for a value: what stands before the colon of its comment, or
# all of it where it is the constant's own name.
sub word_of {
    my ($name, $text) = @_;
    my ($word) = $text =~ /^([a-z][a-z0-9-]*(?: [a-z]+)?)(?::|$)/;

    return undef unless defined $word;
    (my $own = lc $name) =~ tr/_/-/;
    (my $plain = $word) =~ tr/ /-/;
    return $word if $text =~ /^\Q$word\E:/ || $own =~ /-\Q$plain\E$/;
    return undef;
}

sub read_struct {
    my ($api, $header, $name, $body, $doc) = @_;
    my $said = read_doc($name, $doc);
    my @members;

    for my $line (grep { /\S/ } split /;/, $body) {
        $line =~ s/^\s+|\s+$//g;
        if ($line !~ /^(.*?)(\w+)(\[\d+\])?$/s || $line =~ /[:(]/) {
            problem("the member '$line' of $name cannot be read");
            next;
        }
        my ($type, $member, $array) = (type($1), $2, $3);
        my $text = delete $said->{params}{$member};
        problem("member $member of $name is not documented") unless $text;
        push @members,
            { name => $member, type => $type . ($array // ''), doc => $text->{text},
              nullable => $text->{notes}{nullable} };
    }
    problem("$name does not have a member $_") for sort keys %{ $said->{params} };
    problem("$name does not begin with its size")
        if !@members || $members[0]{name} ne 'size' || $members[0]{type} ne 'size_t';
    push @{ $api->{structs} },
        { name => $name, header => $header, doc => $said->{text}, since => $said->{since},
          members => \@members };
}

sub type {
    my ($type) = @_;
    $type =~ s/\s+/ /g;
    $type =~ s/ ?(\*+) ?/ $1/g;
    $type =~ s/^\s+|\s+$//g;
    return $type;
}

sub read_function {
    my ($api, $header, $declaration, $doc) = @_;

    $declaration =~ s/\s+/ /g;
    if ($declaration !~ /^(.*?[ *])(vessel_\w+)\((.*)\)$/) {
        problem("cannot be read: $declaration");
        return;
    }
    my ($result, $name, $list) = (type($1), $2, $3);
    my $said = read_doc($name, $doc);
    my @params;
    for my $one ($list eq 'void' ? () : split /, ?/, $list) {
        if ($one !~ /^(.*?[ *])(\w+)$/) {
            problem("parameter '$one' of $name cannot be read");
            next;
        }
        push @params, parameter($name, type($1), $2, delete $said->{params}{$2});
    }
    problem("$name does not have a parameter $_") for sort keys %{ $said->{params} };
    my $function = { name => $name, header => $header, declaration => "$declaration;",
                     doc => $said->{text}, since => $said->{since}, params => \@params,
                     errors_text => $said->{errors} };
    $function->{returns} = result($name, $result, $said->{returns});
    problem("$name has no Since:") unless $said->{since};
    problem("$name says nothing of what it does")
        if !$said->{text} && ($said->{returns} ? $said->{returns}{text} : '0 or') =~ /^0 or /;
    push @{ $api->{functions} }, $function;
}

sub parameter {
    my ($function, $type, $name, $said) = @_;
    my %param = (name => $name, type => $type);

    problem("parameter $name of $function is not documented") unless $said;
    my $notes = $said ? $said->{notes} : {};
    $param{doc} = $said->{text};
    $param{direction} = $notes->{out} ? 'out' : $notes->{inout} ? 'inout' : 'in';
    $param{nullable} = 1 if $notes->{nullable};
    $param{optional} = 1 if $notes->{optional};
    # What is handed out behind a pointer to a pointer is the caller's.
    $param{transfer} = $notes->{'transfer full'} || ($notes->{out} && $type =~ /\*\*/) ? 'full' : 'none';
    problem("parameter $name of $function: $type is written to, is it (out)?")
        if $type =~ /\*\*/ && $type !~ /^const/ && $param{direction} eq 'in' && $param{transfer} ne 'full';
    return \%param;
}

sub result {
    my ($function, $type, $said) = @_;

    if ($type eq 'void') {
        problem("$function has Returns: and returns nothing") if $said;
        return { type => $type };
    }
    problem("$function has no Returns:") unless $said;
    my $notes = $said ? $said->{notes} : {};
    problem("what $function returns is (borrowed) or (transfer full)?")
        if $type =~ /\*/ && !$notes->{borrowed} && !$notes->{'transfer full'};
    return { type => $type, doc => $said->{text}, nullable => $notes->{nullable},
             transfer => $notes->{'transfer full'} ? 'full' : 'none' };
}

# ---- comments ----

sub clean {
    my ($text) = @_;
    $text //= '';
    $text =~ s/^\s*\*? ?//gm;
    $text =~ s/\s+/ /g;
    $text =~ s/^ | $//g;
    return $text;
}

# "(out) (nullable): text" as notes and text.
sub notes {
    my ($text) = @_;
    my %notes;

    while ($text =~ s/^\((.*?)\)\s*//) {
        problem("unknown annotation ($1)") unless $annotations{$1};
        $notes{$1} = 1;
    }
    $text =~ s/^:\s*//;
    return { notes => \%notes, text => $text };
}

# The comment above @name: NAME: …, @param: …, paragraphs, Errors:, Returns:, Since:.
sub read_doc {
    my ($name, $doc) = @_;
    my %said = (params => {}, text => '');

    if (!defined $doc) {
        problem("$name is not documented");
        return \%said;
    }
    my @lines = map { s/^\s*\*? ?//r } split /\n/, $doc;
    shift @lines while @lines && $lines[0] !~ /\S/;
    my $first = shift @lines // '';
    $first =~ s/^\s+|\s+$//g;
    if ($first !~ s/^\Q$name\E:\s*//) {
        problem("the comment above $name is about something else: $first");
        return \%said;
    }
    parse_doc(\%said, $name, $first, @lines);
    return \%said;
}

sub parse_doc {
    my ($said, $name, @lines) = @_;
    my ($part, @paragraph, %parts);

    for my $line (@lines, '') {
        if ($line =~ /^@(\w+):\s*(.*)/) {
            $part = "\@$1";
            problem("$name: \@$1 stands there twice") if exists $parts{$part};
            $parts{$part} = $2;
        } elsif ($line =~ /^(Errors|Returns|Since):\s*(.*)/) {
            $part = $1;
            $parts{$part} = $2;
        } elsif ($line !~ /\S/) {
            push @paragraph, '' if @paragraph && $paragraph[-1] ne '';
            undef $part;
        } elsif ($part) {
            $parts{$part} .= ' ' . ($line =~ s/^\s+//r);
        } elsif (@paragraph && $paragraph[-1] ne '') {
            $paragraph[-1] .= " $line";
        } else {
            push @paragraph, $line;
        }
    }
    pop @paragraph while @paragraph && $paragraph[-1] eq '';
    $said->{text} = join "\n", map { clean($_) } grep { $_ ne '' } @paragraph;
    for my $key (keys %parts) {
        problem("$name: Since: stands inside another line") if $parts{$key} =~ /\bSince: /;
        $said->{params}{$1} = notes($parts{$key}) if $key =~ /^@(.*)/;
    }
    $said->{returns} = notes(clean($parts{Returns})) if defined $parts{Returns};
    $said->{errors} = clean($parts{Errors}) if defined $parts{Errors};
    $said->{since} = clean($parts{Since}) if defined $parts{Since};
}

# ---- what belongs together ----

sub check {
    my ($api) = @_;
    my %known = (%scalars, map { $_->{name} => 1 } @{ $api->{handles} }, @{ $api->{structs} });
    my %by_name = map { $_->{name} => $_ } @{ $api->{functions} };
    my ($codes) = grep { $_->{name} eq 'VesselErrorCode' } @{ $api->{enums} };
    my %codes = map { $_->{word} => 1 } grep { $_->{value} } @{ $codes->{values} };

    for my $function (@{ $api->{functions} }) {
        $where = "$function->{header}.h: $function->{name}";
        check_type($_->{type}, \%known) for @{ $function->{params} };
        check_type($function->{returns}{type}, \%known) if $function->{returns}{type} ne 'void';
        my $fails = grep { $_->{type} eq 'VesselError **' } @{ $function->{params} };
        problem("can fail and has no Errors:") if $fails && !$function->{errors_text};
        problem("has Errors: and no VesselError **") if !$fails && $function->{errors_text};
        next unless $fails;
        problem("VesselError ** is not its last parameter")
            if $function->{params}[-1]{type} ne 'VesselError **';
        $function->{errors} = [ error_codes($function, \%codes, \%by_name) ];
        problem("names no error code") unless @{ $function->{errors} };
    }
}

sub check_type {
    my ($type, $known) = @_;
    (my $base = $type) =~ s/\bconst\b|\*//g;
    $base =~ s/\s+//g;
    return if $base eq 'void' && $type =~ /\*/;
    problem("type '$type' is not one for a public header") unless $known->{$base};
    problem("a structure is passed by value: $type") if $base =~ /^Vessel/ && $type !~ /\*/;
}

# The codes that the text names, and those of a function that it refers to.
sub error_codes {
    my ($function, $codes, $by_name) = @_;
    my $text = $function->{errors_text};
    my %found;

    for my $other ($text =~ /(vessel_\w+)\(\)/g) {
        my $target = $by_name->{$other};
        problem("refers to $other(), which there is not") unless $target;
        $found{$_} = 1 for $target && $target != $function ? error_codes($target, $codes, $by_name) : ();
    }
    $text =~ s/\([^()]*(?:\([^()]*\)[^()]*)*\)//g;
    for my $word ($text =~ /[a-z]+(?:-[a-z]+)*/g) {
        $found{$word} = 1 if $codes->{$word};
    }
    return sort keys %found;
}

# ---- JSON ----

my %truths = map { $_ => 1 } qw(nullable optional);

sub json {
    my ($value, $indent, $key) = @_;
    $indent //= '';
    $key //= '';

    if (ref $value eq 'HASH') {
        my @members = map { "$indent  " . string($_) . ': ' . json($value->{$_}, "$indent  ", $_) }
            grep { defined $value->{$_} && $value->{$_} ne '' } sort keys %$value;
        return @members ? "{\n" . join(",\n", @members) . "\n$indent}" : '{}';
    }
    if (ref $value eq 'ARRAY') {
        my @items = map { "$indent  " . json($_, "$indent  ") } @$value;
        return @items ? "[\n" . join(",\n", @items) . "\n$indent]" : '[]';
    }
    return 'true' if $truths{$key};
    return $value if $key eq 'value';
    return string($value);
}

sub string {
    my ($text) = @_;
    $text =~ s/([\\"])/\\$1/g;
    $text =~ s/\n/\\n/g;
    return "\"$text\"";
}

1;
