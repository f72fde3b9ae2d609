"""A double of the backup program that guide 004 sets AWS up for.

It makes Medusa's objects by Medusa's calls, from a folder KEYSPACE/TABLE/FILE that stands for what
Cassandra snapshots. Usage: main.py boto3|libcloud INI COMMAND… (each in quotes)

  backup NAME DATA [--differential] | list-backups | status NAME | verify NAME
  download NAME FOLDER | purge | delete-backup NAME | whoami
  flush NAME DATA | interrupted | outlived
"""

import configparser
import json
import os
import sys
import time

from storages import STORAGES, etag_of

BACKUPS = "index/backup_index/"


class Medusa:
    def __init__(self, storage, settings):
        self.storage = storage
        self.settings = settings
        self.node = settings["fqdn"]

    def backup(self, name, data, mode=None):
        differential = mode == "--differential"
        home = "%s/%s" % (self.node, name)
        put = self.storage.put
        if self.storage.stat(home + "/meta/manifest.json") is not None:
            sys.exit("The backup %s exists already" % name)
        index = BACKUPS + name
        put("%s/started_%s_%d.timestamp" % (index, self.node, now_ms()), name)
        for place, mark in ((home + "/meta/", "."), (index + "/", "_%s." % self.node)):
            put(place + "schema" + mark + "cql", "CREATE KEYSPACE shop;")
            put(place + "tokenmap" + mark + "json", '{"%s": {"tokens": [0]}}' % self.node)
        if differential:
            put(home + "/meta/differential", "differential")
            put("%s/differential_%s" % (index, self.node), "differential")
        place = self.node + "/data" if differential else home + "/data"
        kept = self.storage.list(place) if differential else {}
        manifest, sent = [], 0
        for path, table, file in files_of(data):
            key = "%s/%s/%s" % (place, table, file)
            known = (os.path.getsize(path), etag_of(path, self.storage.chunk))
            # What is listed is asked for once more, as it may just have been purged.
            if kept.get(key) == known and self.storage.stat(key) == known:
                stored = known
            else:
                stored = self.storage.upload(path, key)
                if stored != known:
                    sys.exit("%s is stored as %s, not as %s" % (key, stored, known))
                sent += 1
            manifest.append({"path": key, "table": table, "size": stored[0], "MD5": stored[1]})
            self.passing(len(manifest))
        text = json.dumps(manifest)
        put(home + "/meta/manifest.json", text)
        put("%s/manifest_%s.json" % (index, self.node), text)
        put("%s/finished_%s_%d.timestamp" % (index, self.node, now_ms()), name)
        latest = "index/latest_backup/%s/" % self.node
        put(latest + "backup_name.txt", name)
        put(latest + "tokenmap.json", "{}")
        print("%d files, %d sent" % (len(manifest), sent))

    def passing(self, files):
        """Lets an hour pass behind the file that was asked for: the clock of this machine goes by a file."""
        if str(files) == os.environ.get("HOUR_PASSES_AFTER"):
            from hour import pass_an_hour

            pass_an_hour()

    def names(self):
        """Names of the node's finished backups, the oldest first."""
        mark = "/finished_%s_" % self.node
        marks = [key for key in self.storage.list(BACKUPS) if mark in key]
        return [key.split("/")[2] for key in sorted(marks, key=lambda key: key.split("_")[-1])]

    def manifest(self, name):
        key = "%s/%s/meta/manifest.json" % (self.node, name)
        if self.storage.stat(key) is None:
            sys.exit("There is no backup %s" % name)
        return json.loads(self.storage.read(key))

    def list_backups(self):
        for name in self.names():
            differential = self.storage.stat("%s/%s/meta/differential" % (self.node, name))
            print(name, "full" if differential is None else "differential")

    def status(self, name):
        manifest = self.manifest(name)
        latest = self.storage.read("index/latest_backup/%s/backup_name.txt" % self.node)
        size = sum(entry["size"] for entry in manifest)
        print("%s: %d files, %d bytes, latest %s" % (name, len(manifest), size, latest))

    def verify(self, name):
        """Holds what is listed against the manifest, by size and by MD5."""
        manifest = self.manifest(name)
        listed = {}
        for folder in {entry["path"].partition("/data/")[0] + "/data" for entry in manifest}:
            listed.update(self.storage.list(folder))
        wrong = [
            entry["path"]
            for entry in manifest
            if listed.get(entry["path"]) != (entry["size"], entry["MD5"])
        ]
        print("%d good, %d wrong" % (len(manifest) - len(wrong), len(wrong)))

    def download(self, name, folder):
        manifest = self.manifest(name)
        for entry in manifest:
            path = os.path.join(folder, entry["table"], os.path.basename(entry["path"]))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            self.storage.download(entry["path"], path)
            if etag_of(path, self.storage.chunk) != entry["MD5"]:
                sys.exit("%s came back changed" % entry["path"])
        print("%d files back" % len(manifest))

    def outlived(self):
        """What was given to a client before an hour passed, and what is found out anew."""
        from hour import pass_an_hour

        given = self.storage.with_given_credentials()
        pass_an_hour()
        for storage in (given, self.storage):
            try:
                print(len(storage.list(self.node)) > 0)
            except Exception as error:
                print(error.response["Error"]["Code"])

    def whoami(self):
        print("as", self.storage.whoami())

    def purge(self):
        for name in self.names()[: -int(self.settings["max_backup_count"])]:
            self.delete_backup(name)

    def delete_backup(self, name):
        """Object by object; what is shared goes with the last backup that has it."""
        mine = {entry["path"] for entry in self.manifest(name)}
        others = [other for other in self.names() if other != name]
        shared = {entry["path"] for other in others for entry in self.manifest(other)}
        home = "%s/%s/" % (self.node, name)
        index = [key for key in self.storage.list(BACKUPS + name + "/") if self.node in key]
        gone = {*(mine - shared), *self.storage.list(home), *index}
        for key in sorted(gone):
            self.storage.delete(key)
        print("%s: %d objects deleted" % (name, len(gone)))

    def flush(self, name, data):
        """Cassandra writes a few new files, which no backup has yet."""
        folder = os.path.join(data, "shop", "flushed-" + name)
        os.makedirs(folder)
        for index in range(5):
            with open(os.path.join(folder, "nb-%d-big-Data.db" % index), "wb") as file:
                file.write(os.urandom(1000 * index))

    def interrupted(self):
        """The disk fails while the parts of a file are on their way: the upload is taken back."""
        key = self.node + "/data/shop/orders/interrupted.db"
        try:
            self.storage.upload_stream(FailingDisk(), key)
        except OSError:
            print("interrupted")


class FailingDisk:
    """A file that can be read to its middle."""

    left = 30 * 1024 * 1024

    def read(self, size):
        if self.left <= 0:
            raise OSError("Input/output error")
        size = min(size, self.left)
        self.left -= size
        return bytes(size)


def now_ms():
    """Medusa counts seconds; here backups of small nodes follow each other faster."""
    return time.time() * 1000


def files_of(data):
    """Path, KEYSPACE/TABLE and name of each file, in an order that does not change."""
    for folder, folders, names in os.walk(data):
        folders.sort()
        for name in sorted(names):
            yield os.path.join(folder, name), os.path.relpath(folder, data), name


def main(generation, ini, *commands):
    file = configparser.ConfigParser()
    file.read(ini)
    settings = file["storage"]
    medusa = Medusa(STORAGES[generation](settings), settings)
    for line in commands:
        command, *words = line.split()
        getattr(medusa, command.replace("-", "_"))(*words)


main(*sys.argv[1:])
